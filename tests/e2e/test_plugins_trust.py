"""Which plugin files may run: owners, modes and links, pins, signatures; each refusal says what to do."""

import os
import subprocess

import pytest
from reloading import ReloadingGateway, command, versioned

EX_CONFIG = 78
PRODUCTION = {"APP_ENV": "production", "MANAGEMENT_API_KEY": "management-key-of-the-tests"}


def refusal(own: ReloadingGateway) -> str:
    """What `serve` that must not start says; `plugins list` says it, too."""
    result = own.command("serve", timeout_s=60)
    assert result.returncode == EX_CONFIG, result.stdout + result.stderr
    listed = command(own, "list")
    assert listed.returncode == 1 and "REFUSED" in listed.stdout
    return result.stderr


def serves(own: ReloadingGateway) -> None:
    own.start()
    assert own.send(versioned()).status == 202
    own.stop()


def make_keys(own: ReloadingGateway, name: str) -> tuple[str, str]:
    private, public = own.directory / f"{name}.pem", own.directory / f"{name}.pub"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", private], check=True)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
    public.chmod(0o644)
    return str(private), str(public)


def test_a_file_that_everybody_may_write_is_refused(reloading):
    own = reloading()
    path = own.plugins / "versioned.so"
    path.chmod(0o666)
    assert f"chmod go-w {path}" in refusal(own)
    path.chmod(0o644)
    own.plugins.chmod(0o777)
    assert f"chmod go-w {own.plugins}" in refusal(own)
    own.plugins.chmod(0o755)
    serves(own)


def test_a_link_is_refused(reloading):
    own = reloading()
    path = own.plugins / "versioned.so"
    path.rename(own.directory / "elsewhere.so")
    path.symlink_to(own.directory / "elsewhere.so")
    assert "is a symbolic link" in refusal(own)


def test_production_refuses_what_a_group_may_write_and_its_parents(reloading):
    own = reloading(**PRODUCTION)
    path = own.plugins / "versioned.so"
    path.chmod(0o664)
    assert f"chmod go-w {path}" in refusal(own)
    path.chmod(0o644)
    own.directory.chmod(0o777)
    text = refusal(own)
    assert "a parent of the plugins directory" in text and f"chmod go-w {own.directory}" in text
    own.directory.chmod(0o755)
    serves(own)


def test_production_refuses_a_file_of_another_user(reloading):
    if os.geteuid() != 0:
        return  # only root can give a file away
    own = reloading(**PRODUCTION)
    path = own.plugins / "versioned.so"
    os.chown(path, 12345, 12345)
    assert f"chown root {path}" in refusal(own)


def test_a_running_gateway_checks_again_at_a_reload(reloading):
    own = reloading().start()
    own.put("versioned_2").chmod(0o666)
    assert "written by everybody" in own.refused()
    assert own.version() == "version.1.0.0"
    own.stop()


def test_pinned_files_run_and_others_do_not(reloading):
    own = reloading(PLUGIN_TRUST="pinned")
    assert "run hookgate plugins lock" in refusal(own)
    result = command(own, "lock")
    assert result.returncode == 0, result.stderr
    subprocess.run(["sha256sum", "--strict", "-c", "plugins.lock"], cwd=own.plugins, check=True, capture_output=True)
    own.start()
    own.put("versioned_2")
    assert "plugins.lock says" in own.refused()
    assert own.version() == "version.1.0.0"
    assert command(own, "lock").returncode == 0
    own.reloaded()
    assert own.version() == "version.2.0.0"
    own.put("simple", "simple.so")
    assert "simple.so: it is not in plugins.lock" in own.refused()
    (own.plugins / "plugins.lock").write_text("nonsense\n")
    assert "plugins.lock cannot be used: line 1" in own.refused()
    own.stop()


def test_signed_files_run_and_others_do_not(reloading):
    own = reloading()
    private, public = make_keys(own, "ours")
    stranger, _ = make_keys(own, "strangers")
    own.environment.update(PLUGIN_TRUST="signed", PLUGIN_KEYS_FILE=public)
    text = refusal(own)
    assert "there is no versioned.so.sig" in text and "hookgate plugins sign versioned.so --key" in text
    for name in ("acme.so", "versioned.so"):
        result = command(own, "sign", str(own.plugins / name), "--key", private)
        assert result.returncode == 0, result.stderr
    own.start()
    own.put("versioned_2")
    assert "for these bytes" in own.refused()
    assert command(own, "sign", str(own.plugins / "versioned.so"), "--key", stranger).returncode == 0
    assert "no key of PLUGIN_KEYS_FILE has made it" in own.refused()
    assert own.version() == "version.1.0.0"
    assert command(own, "sign", str(own.plugins / "versioned.so"), "--key", private).returncode == 0
    own.reloaded()
    assert own.version() == "version.2.0.0"
    own.stop()


def test_openssl_makes_and_verifies_the_same_signatures(reloading, tmp_path):
    own = reloading()
    private, public = make_keys(own, "ours")
    plugin, signature, raw = own.plugins / "acme.so", own.plugins / "acme.so.sig", tmp_path / "raw"
    assert command(own, "sign", str(plugin), "--key", private).returncode == 0
    subprocess.run(["openssl", "base64", "-d", "-A", "-in", signature, "-out", raw], check=True)
    subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin", "-in", plugin, "-sigfile", raw],
                   check=True, capture_output=True)


def test_signing_says_what_is_missing(reloading):
    own = reloading()
    assert command(own, "sign").returncode == 64
    assert command(own, "sign", str(own.plugins / "acme.so")).returncode == 64
    result = command(own, "sign", str(own.plugins / "acme.so"), "--key", __file__)
    assert result.returncode == 1 and "no private Ed25519 key" in result.stderr
    result = command(own, "sign", str(own.plugins / "absent.so"), "--key", __file__)
    assert result.returncode == 1 and "absent.so" in result.stderr


@pytest.mark.parametrize("settings, named", [
    ({"PLUGIN_TRUST": "signed"}, "PLUGIN_KEYS_FILE"), ({"PLUGIN_TRUST": "some"}, "PLUGIN_TRUST"),
    ({"PLUGIN_KEYS_FILE": "/k.pem"}, "PLUGIN_KEYS_FILE")], ids=str)
def test_settings_that_contradict_each_other_are_named(reloading, settings, named):
    own = reloading()
    own.environment.update(settings)
    result = own.command("serve", timeout_s=30)
    assert result.returncode == EX_CONFIG and named in result.stderr


def test_config_shows_what_is_trusted(reloading):
    own = reloading(PLUGIN_TRUST="pinned")
    assert "pinned" in own.command("config").stdout
