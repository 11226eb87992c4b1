"""What the binary makes of its configuration and arguments."""

import json
import os
import re
import subprocess

import pytest
from hookgate_process import ACME_SECRET, MANAGEMENT_KEY
from webhooks import GLOBEX_SECRET

EX_CONFIG = 78
PRODUCTION = {"APP_ENV": "production", "MANAGEMENT_API_KEY": "k3y-of-sufficient-length-for-production"}


def refusal(own, *command: str, **settings: str) -> str:
    """What a command that must end with 78 says."""
    own.environment.update(settings)
    result = own.command(*(command or ("serve",)), timeout_s=15)
    text = result.stdout + result.stderr
    assert result.returncode == EX_CONFIG, f"exit code {result.returncode}: {text}"
    return text


@pytest.mark.parametrize("name, value", [
    ("APP_ENV", "staging"), ("APP_PORT", "70000"), ("APP_PORT", "http"), ("APP_PORT", "-1"), ("APP_HOST", "not a host"),
    ("DATABASE_URL", "mysql://x"), ("DATABASE_URL", "sqlite:"), ("REDIS_URL", "http://x"),
    ("WEBHOOK_RATE_LIMIT_PER_MINUTE", "-1"), ("WEBHOOK_RATE_LIMIT_PER_MINUTE", "many"),
    ("TRUSTED_PROXIES", "10.0.0.0/33"), ("TRUSTED_PROXIES", "example.com"), ("MAX_PROCESSING_RETRIES", "0"),
    ("RETRY_BASE_DELAY_MS", "0"), ("RETRY_BASE_DELAY_MS", "1.5"), ("DELIVERY_TIMEOUT_MS", "99"),
    ("MAX_BODY_BYTES", "0"), ("MAX_BODY_BYTES", "99999999999999999999"), ("CALLBACK_ALLOWED_NETWORKS", "private"),
    ("RETENTION_DAYS", "0"), ("LOG_LEVEL", "loud"), ("LOG_FORMAT", "xml"), ("MANAGEMENT_ADDRESS", "127.0.0.1"),
    ("DELIVERY_CONCURRENCY", "0"), ("PLUGINS_DIR", "/no/such/directory")], ids=lambda value: str(value))
def test_a_value_that_cannot_be_used_is_named(install, name, value):
    assert name in refusal(install(), **{name: value})


def test_all_problems_are_told_at_once(install):
    text = refusal(install(), APP_PORT="x", LOG_LEVEL="loud", RETENTION_DAYS="-1", DELIVERY_TIMEOUT_MS="1")
    for name in ("APP_PORT", "LOG_LEVEL", "RETENTION_DAYS", "DELIVERY_TIMEOUT_MS"):
        assert name in text


def test_empty_is_unset(install):
    own = install(LOG_LEVEL="", RETENTION_DAYS="", TRUSTED_PROXIES="", REDIS_URL="").start()
    assert own.call("GET", "/health", key=None).status == 200
    own.stop()


@pytest.mark.parametrize("settings", [
    {"MANAGEMENT_API_KEY": ""}, {"MANAGEMENT_API_KEY": "short"}, {"MANAGEMENT_API_KEY": "local-internal-management-key"}],
    ids=str)
def test_production_refuses_a_key_that_is_missing_short_or_known(install, settings):
    assert "MANAGEMENT_API_KEY" in refusal(install(), **{**PRODUCTION, **settings})


def with_integrations(own, *integrations: dict):
    path = own.directory / "integrations.json"
    path.write_text(json.dumps(list(integrations)))
    return own


ACME = {"provider": "acme", "name": "acme", "callbackUrl": {"env": "ACME_CALLBACK_URL"},
        "secrets": [{"env": "ACME_WEBHOOK_SECRET", "development": "acme-development-secret"}]}


def test_production_refuses_a_secret_that_is_the_development_value(install):
    own = with_integrations(install(), ACME).seed()
    text = refusal(own, **PRODUCTION, ACME_WEBHOOK_SECRET="acme-development-secret")
    assert "acme" in text and "acme-development-secret" not in text


def test_production_refuses_to_run_on_development_values(install):
    own = with_integrations(install(), ACME).seed()
    assert "ACME_WEBHOOK_SECRET" in refusal(own, **PRODUCTION, ACME_WEBHOOK_SECRET="")


def test_production_refuses_secret_files_that_everybody_can_read(install):
    own = install()
    secret = own.directory / "acme.secret"
    secret.write_text("a-secret-in-a-file")
    with_integrations(own, {**ACME, "secrets": [{"file": str(secret)}]}).seed()
    own.environment.update(PRODUCTION)
    secret.chmod(0o644)
    text = refusal(own)
    assert "acme.secret" in text and "a-secret-in-a-file" not in text
    secret.chmod(0o600)
    own.start()
    own.stop()


def test_a_secret_that_is_nowhere_stops_the_start_and_is_named(install):
    assert "ACME_WEBHOOK_SECRET" in refusal(install(), ACME_WEBHOOK_SECRET="")


@pytest.mark.parametrize("text", [
    "", "{", "{}", '[{"provider":"acme"}]', '[{"provider":"ACME","name":"x"}]',
    '[{"provider":"acme","name":"x","callbackUrl":"http://x","secrets":"s3cret"}]',
    '[{"provider":"acme","name":"x","callbackUrl":"http://x","secrets":[{"env":"A"}],"unknown":1}]',
    '[{"provider":"acme","name":"x","callbackUrl":"ftp://x/","secrets":[{"env":"A"}]}]'],
    ids=range(8))
def test_integrations_that_cannot_be_read_are_refused_by_seed(install, text):
    own = install()
    (own.directory / "integrations.json").write_text(text)
    assert "integrations.json" in refusal(own, "seed")


def hubspot(own, **fields) -> dict:
    return {"provider": "hubspot", "name": "crm", "callbackUrl": own.callbacks.url("/hubspot"),
            "secrets": [{"env": "ACME_WEBHOOK_SECRET"}], **fields}


def names_stored(own) -> list[str]:
    return [integration["name"] for integration in own.read("/integrations")["data"]]


def test_seed_holds_settings_to_the_plugins_schema_and_writes_nothing_with_a_problem(install):
    own = install()
    with_integrations(own, {**ACME, "name": "another", "active": False}, hubspot(own, settings={"colour": "blue"}))
    text = refusal(own, "seed")
    assert "integrations.json: hubspot/crm: settings: colour is no setting of this provider; known are " in text
    assert "nothing was written" in text
    own.start()
    assert sorted(names_stored(own)) == ["acme", "globex"]
    own.stop()


def test_seed_tells_every_setting_that_is_wrong_of_inactive_integrations_too(install):
    own = install()
    generic = {"provider": "generic_hmac", "name": "square", "active": False, "callbackUrl": own.callbacks.url("/x"),
               "secrets": [{"env": "ACME_WEBHOOK_SECRET"}], "settings": {"signature": {"header": 7, "encoding": "base32"}}}
    with_integrations(own, generic)
    text = refusal(own, "seed")
    for wrong in ("signature.header has to be a text", 'signature.encoding has to be one of ["'):
        assert f"generic_hmac/square: settings: {wrong}" in text


@pytest.mark.parametrize("provider,fields,why", [
    ("generic_hmac", {"settings": {"signature": {"header": "x-sig"}, "signed": "{url}{bdy}"}}, "signed has to hold {body}"),
    ("discord", {"secrets": [{"env": "NOT_HEX"}]}, "a public key is 64 hexadecimal digits")])
def test_seed_lets_the_plugin_itself_refuse_what_its_schema_cannot(install, provider, fields, why):
    own = install(NOT_HEX="a secret that is no key")
    with_integrations(own, {"provider": provider, "name": "mine", "callbackUrl": own.callbacks.url("/x"),
                            "secrets": [{"env": "ACME_WEBHOOK_SECRET"}], **fields})
    text = refusal(own, "seed")
    assert f"{provider}/mine: " in text and why in text and "nothing was written" in text
    assert "a secret that is no key" not in text


def test_seed_writes_what_it_cannot_check_because_the_plugin_is_not_there_and_says_so(reloading):
    own = reloading()
    with_integrations(own, {"provider": "elsewhere", "name": "elsewhere", "callbackUrl": own.callbacks.url("/x"),
                            "secrets": [{"env": "ACME_WEBHOOK_SECRET"}], "settings": {"any": "thing"}},
                      {"provider": "gone", "name": "gone", "active": False, "callbackUrl": own.callbacks.url("/x"), "secrets": []})
    result = own.command("seed")
    assert result.returncode == 0, result.stdout + result.stderr
    told = [line for line in result.stdout.splitlines() if "warning" in line]
    assert len(told) == 1
    assert f"elsewhere/elsewhere: no plugin in {own.plugins} offers the provider elsewhere: its settings are not checked" in told[0]
    own.start()
    assert "elsewhere" in names_stored(own)
    own.stop()


def test_seed_survives_a_plugin_that_crashes_when_it_is_loaded(reloading):
    own = reloading()
    own.put("versioned_crashing")
    result = own.command("seed")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "warning: versioned.so: serve will refuse this plugin: " in result.stdout
    assert "versioned/versioned: no plugin in " in result.stdout


def test_a_timeout_longer_than_the_providers_patience_is_warned_of(install):
    own = install(INGEST_TIMEOUT_MS="6000")
    with_integrations(own, ACME, hubspot(own))
    wanted = "INGEST_TIMEOUT_MS is 6000, and the provider waits for an answer for 5000 ms"
    assert f"warning: hubspot/crm: {wanted}" in own.command("seed").stdout
    own.start()
    own.stop()  # nothing of the log is on its way any more
    warnings = [line for line in own.log_lines() if line["event"] == "integration may lose webhooks"]
    assert [(line["level"], line["provider"], line["integration"]) for line in warnings] == [("warning", "hubspot", "crm")]
    assert wanted in warnings[0]["reason"]


SQUARE = {"signature": {"header": "x-square-hmacsha256-signature", "encoding": "base64"}, "signed": "{url}{body}"}
PUBLIC = {"publicUrl": "https://hooks.example/api/v1/webhooks/x"}


@pytest.mark.parametrize("provider,fields,warned", [
    ("hubspot", {}, True), ("hubspot", PUBLIC, False), ("twilio", {}, True), ("twilio", PUBLIC, False), ("stripe", {}, False),
    ("generic_hmac", {"settings": SQUARE}, True), ("generic_hmac", {"settings": SQUARE, **PUBLIC}, False),
    ("generic_hmac", {"settings": {**SQUARE, "signed": "{body}"}}, False)])
def test_seed_warns_of_a_missing_public_url_when_the_provider_signs_it(install, provider, fields, warned):
    own = install()
    with_integrations(own, {"provider": provider, "name": "mine", "callbackUrl": own.callbacks.url("/x"),
                            "secrets": [{"env": "ACME_WEBHOOK_SECRET"}], **fields})
    result = own.command("seed")
    assert result.returncode == 0, result.stdout + result.stderr
    text = f"warning: {provider}/mine: the provider signs the URL that it sends to, and there is no publicUrl"
    assert (text in result.stdout) is warned, result.stdout


def test_a_provider_that_sends_once_is_warned_of(install):
    own = install()
    with_integrations(own, {"provider": "github", "name": "github", "callbackUrl": own.callbacks.url("/github"),
                            "secrets": [{"env": "ACME_WEBHOOK_SECRET"}]}).seed().start()
    own.stop()
    warnings = [line["reason"] for line in own.log_lines() if line["event"] == "integration may lose webhooks"]
    assert len(warnings) == 1 and "the provider sends every webhook once" in warnings[0]


def test_config_prints_what_is_in_force_and_masks_secrets(install):
    own = install()
    result = own.command("config")
    assert result.returncode == 0, result.stderr
    for line in (r"APP_PORT\W+%d" % own.port, r"DELIVERY_TIMEOUT_MS\W+15000", r"RETRY_MAX_DELAY_MS\W+400"):
        assert re.search(line, result.stdout), line
    for secret in (MANAGEMENT_KEY, ACME_SECRET.decode(), GLOBEX_SECRET.decode()):
        assert secret not in result.stdout


def test_the_environment_wins_over_the_file(install):
    own = install()
    file = own.directory / "hookgate.properties"
    file.write_text("DELIVERY_TIMEOUT_MS=1234\nRETRY_MAX_DELAY_MS=999\n")
    result = own.command("config", "--config", str(file))
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.search(r"DELIVERY_TIMEOUT_MS\W+1234", result.stdout)
    assert re.search(r"RETRY_MAX_DELAY_MS\W+400", result.stdout)


def test_a_key_in_the_file_that_nobody_knows_is_a_problem(install):
    own = install()
    file = own.directory / "hookgate.properties"
    file.write_text("DELIVERY_TIMEOUT=1234\n")
    assert "DELIVERY_TIMEOUT" in refusal(own, "config", "--config", str(file))


def test_version_says_its_name_and_number(install):
    result = install().command("version")
    assert result.returncode == 0
    assert re.search(r"hookgate \d+\.\d+\.\d+", result.stdout)


@pytest.mark.parametrize("arguments", [[], ["sevre"], ["serve", "--rôle"], ["serve", "--role", "both"], ["plugins"]], ids=str)
def test_a_command_that_is_none_is_refused_with_help(install, arguments):
    own = install()
    result = subprocess.run([str(own.binary), *arguments], env=own.environment, capture_output=True, text=True, timeout=15)
    assert result.returncode not in (0, -6, -11)
    assert "usage: hookgate" in result.stdout + result.stderr


def test_plugins_list_names_what_is_there(install):
    result = install().command("plugins", "list")
    assert result.returncode == 0, result.stderr
    assert "acme" in result.stdout and "globex" in result.stdout


def test_nothing_that_a_terminal_would_act_on_comes_out_of_names(install, tmp_path):
    own = install()
    own.environment["PLUGINS_DIR"] = str(tmp_path)
    (tmp_path / "e\x1b[31mv\r\nil.so").write_text("no plugin")
    for arguments in (["plugins", "list"], ["plugins", "check", str(tmp_path / "e\x1b[31mv\r\nil.so")]):
        result = own.command(*arguments)
        assert result.returncode != 0
        assert "il.so" in result.stdout + result.stderr
        assert "\x1b" not in result.stdout + result.stderr and "\r" not in result.stdout + result.stderr
    with_integrations(own, {**ACME, "provider": "a\x1b[31m"})
    assert "\x1b" not in refusal(own, "seed")


def test_plugins_check_passes_ours_and_refuses_what_is_none(install):
    own = install()
    plugins = own.environment["PLUGINS_DIR"]
    for name in ("acme", "globex"):
        result = own.command("plugins", "check", os.path.join(plugins, f"{name}.so"), timeout_s=60)
        assert result.returncode == 0, result.stdout + result.stderr
    result = own.command("plugins", "check", __file__)
    assert result.returncode not in (0, -11)


def test_a_file_in_the_plugins_directory_that_is_no_plugin_stops_the_start(install):
    own = install()
    plugins = own.directory / "plugins"
    plugins.mkdir()
    for name in ("acme", "globex"):
        (plugins / f"{name}.so").symlink_to(os.path.join(own.environment["PLUGINS_DIR"], f"{name}.so"))
    (plugins / "broken.so").write_text("not a shared object")
    text = refusal(own, PLUGINS_DIR=str(plugins))
    assert "broken.so" in text
