"""`hookgate explain`: what was done to a webhook is what it finds, and it never tells a secret."""

import base64
import json
import os
import re
import subprocess
import time

import pytest
from simulated import SECRET, STANDARD_SECRET

TYPES = {"acme": "payment.settled", "generic_hmac": "webhooks.test_notification", "github": "issues.opened",
         "gitlab": "issue.open", "globex": "shipment.dispatched", "hubspot": "contact.deletion", "shopify": "orders/create",
         "slack": "reaction_added", "standard_webhooks": "user.created", "stripe": "customer.subscription.updated",
         "twilio": "com.twilio.messaging.message.delivered", "discord": "APPLICATION_AUTHORIZED", "sendgrid": "bounce"}
SIGNING = ("acme", "github", "shopify", "slack", "stripe", "standard_webhooks", "hubspot", "generic_hmac")


class Dump:
    """A request as `send --print` shows it, to be changed."""

    def __init__(self, raw: bytes):
        head, _, self.body = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        self.method, self.target, _ = first.split(" ")
        self.headers = [tuple(line.split(": ", 1)) for line in lines]

    def header(self, name: str) -> str:
        return next(value for key, value in self.headers if key == name)

    def set(self, name: str, value: str) -> "Dump":
        self.headers = [(key, value if key == name else old) for key, old in self.headers]
        return self

    def raw(self) -> bytes:
        lines = [f"{self.method} {self.target} HTTP/1.1", *(f"{key}: {value}" for key, value in self.headers)]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


@pytest.fixture
def captured(simulated, tmp_path):
    """captured(provider): a dump of one of its webhooks, signed by its integration's secret or another."""
    def capture(provider: str, *arguments: str) -> Dump:
        result = subprocess.run([str(simulated.binary), "send", provider, TYPES[provider], *simulated.key_of(provider), "--print",
                                 *arguments], env=simulated.environment, capture_output=True, timeout=30, check=True)
        dump = Dump(result.stdout)
        dump.headers.append(("host", f"127.0.0.1:{simulated.port}"))
        return dump

    return capture


@pytest.fixture
def explained(simulated, tmp_path):
    """explained(dump): the exit code and what explain finds, as JSON."""

    def explain(dump: Dump | bytes, *arguments: str):
        path = tmp_path / "request.http"
        path.write_bytes(dump if isinstance(dump, bytes) else dump.raw())
        result = simulated.command("explain", str(path), "--json", *arguments)
        assert result.stderr == "" and result.returncode in (0, 1), f"{result.returncode} {result.stderr}"
        for secret in (SECRET, STANDARD_SECRET, simulated.environment["OTHER_SECRET"]):
            assert secret not in result.stdout
        found = json.loads(result.stdout)
        assert (result.returncode == 0) == (found["verdict"] != "reject")
        return found

    return explain


def ids(found) -> list[str]:
    return [finding["id"] for finding in found["findings"]]


@pytest.mark.sqlite
@pytest.mark.parametrize("provider", sorted(TYPES))
def test_an_untouched_webhook_is_authentic(captured, explained, provider):
    found = explained(captured(provider))
    assert (found["verdict"], found["reason"], found["findings"]) == ("accept", None, [])
    assert (found["provider"], found["integration"]) == (provider, provider)


@pytest.mark.sqlite
@pytest.mark.parametrize("provider", SIGNING)
@pytest.mark.parametrize("finding, change", [
    ("trailing_newline", lambda body: body + b"\n"),
    ("trailing_newline", lambda body: body + b"\r\n"),
    ("byte_order_mark", lambda body: b"\xef\xbb\xbf" + body),
])
def test_a_body_that_was_changed_on_its_way(captured, explained, provider, finding, change):
    dump = captured(provider)
    dump.body = change(dump.body)
    found = explained(dump)
    assert found["verdict"] == "reject"
    assert ids(found) == [finding]


@pytest.mark.sqlite
@pytest.mark.parametrize("provider", ["acme", "stripe", "hubspot", "discord", "sendgrid"])
@pytest.mark.parametrize("signed", ['{"b": 1, "a": [1, {"c": "x"}], "e": {}}', '{"b":1,"a":[1,{"c":"x"}],"e":{}}',
                                    '{\n  "b": 1,\n  "a": [\n    1,\n    {\n      "c": "x"\n    }\n  ],\n  "e": {}\n}'])
def test_json_that_was_written_anew(captured, explained, tmp_path, provider, signed):
    body = tmp_path / "body.json"
    body.write_text(signed)
    dump = captured(provider, "--body", str(body))
    dump.body = b'{"b": 1,"a":[1,   {"c":"x"}], "e":{} }'
    assert ids(explained(dump)) == ["reserialised_json"]


@pytest.mark.sqlite
@pytest.mark.parametrize("provider, proof", [
    ("acme", "x-acme-signature"), ("github", "x-hub-signature-256"), ("shopify", "x-shopify-hmac-sha256"), ("slack", "x-slack-signature"),
    ("stripe", "stripe-signature"), ("twilio", "x-twilio-signature"), ("globex", "x-globex-token"),
    ("discord", "x-signature-ed25519"), ("sendgrid", "x-twilio-email-event-webhook-signature")])
def test_a_proof_that_is_missing_or_doubled(captured, explained, provider, proof):
    dump = captured(provider)
    dump.headers.append((proof, dump.header(proof)))
    found = explained(dump)
    assert found["reason"] == "duplicate_header"
    assert "header_doubled" in ids(found)
    dump.headers = [header for header in dump.headers if header[0] != proof]
    found = explained(dump)
    assert found["reason"] == "signature_missing"
    assert ids(found) == ["header_missing"] and proof in found["findings"][0]["text"]


@pytest.mark.sqlite
def test_a_proof_of_another_spelling(captured, explained):
    dump = captured("github")
    digest = dump.header("x-hub-signature-256").removeprefix("sha256=")
    assert ids(explained(dump.set("x-hub-signature-256", digest))) == ["proof_prefix"]
    coded = base64.b64encode(bytes.fromhex(digest)).decode()
    assert ids(explained(dump.set("x-hub-signature-256", f"sha256={coded}"))) == ["proof_encoding"]
    assert ids(explained(dump.set("x-hub-signature-256", f'"sha256={digest}"'))) == ["proof_quoted"]
    assert ids(explained(dump.set("x-hub-signature-256", f"SHA256={digest.upper()}"))) == ["proof_case"]
    assert ids(explained(dump.set("x-hub-signature-256", f"sha256={digest[:-2]}"))) == ["proof_malformed"]
    shopify = captured("shopify")
    coded = base64.b64decode(shopify.header("x-shopify-hmac-sha256")).hex()
    assert ids(explained(shopify.set("x-shopify-hmac-sha256", coded))) == ["proof_encoding"]


@pytest.mark.sqlite
@pytest.mark.parametrize("provider", ["slack", "stripe", "standard_webhooks", "hubspot", "discord"])
@pytest.mark.parametrize("late_s", [3000, -3000])
def test_a_clock_that_is_off(captured, explained, provider, late_s):
    received = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + late_s))
    found = explained(captured(provider), "--received-at", received)
    assert found["reason"] == "timestamp_out_of_range"
    assert ids(found) == ["clock_skew"]
    seconds = int(re.search(r"signed (\d+) s", found["findings"][0]["text"])[1])
    assert abs(seconds - 3000) < 60
    assert "300 s are allowed" in found["findings"][0]["text"]
    assert ("before" if late_s > 0 else "after") in found["findings"][0]["text"]


@pytest.mark.sqlite
def test_a_clock_that_is_off_and_a_body_that_was_changed(captured, explained):
    dump = captured("slack")
    dump.body += b"\n"
    found = explained(dump, "--received-at", "2020-01-01T00:00:00Z")
    assert ids(found) == ["trailing_newline", "clock_skew"]


@pytest.mark.sqlite
@pytest.mark.parametrize("spelled, finding", [
    (SECRET + "\n", "secret_space"), (base64.b64encode(SECRET.encode()).decode(), "secret_encoding"),
    (SECRET.encode().hex(), "secret_encoding"), (SECRET.upper(), "secret_case")])
def test_a_secret_of_another_spelling(captured, explained, tmp_path, spelled, finding):
    path = tmp_path / "secret"
    path.write_text(spelled + "\n")  # one line end is not part of it
    path.chmod(0o600)
    found = explained(captured("acme", "--secret", f"file:{path}"))
    assert ids(found) == [finding]
    assert spelled.strip() not in json.dumps(found)


@pytest.mark.sqlite
def test_the_secret_of_another_integration_is_named(captured, explained):
    found = explained(captured("acme", "--secret", "env:OLD_SECRET"))
    assert ids(found) == ["other_integration"]
    assert "the secret of-last-year of another integration, acme/before (inactive)" in found["findings"][0]["text"]
    dump = captured("acme", "--secret", "env:OLD_SECRET")
    dump.body += b"\n"
    assert ids(explained(dump)) == ["other_integration", "trailing_newline"]


@pytest.mark.sqlite
def test_the_development_value_of_a_secret_is_named(captured, explained, tmp_path):
    path = tmp_path / "secret"
    path.write_text("a-development-secret")
    path.chmod(0o600)
    assert ids(explained(captured("acme", "--secret", f"file:{path}"))) == ["development_secret"]


@pytest.mark.sqlite
@pytest.mark.parametrize("provider", ["twilio", "hubspot", "generic_hmac"])
@pytest.mark.parametrize("signed, words", [
    ("https://127.0.0.1:{port}/api/v1/webhooks/{provider}", "https instead of http"),
    ("http://127.0.0.1:{port}/api/v1/webhooks/{provider}/", "a slash at its end"),
    ("https://127.0.0.1/api/v1/webhooks/{provider}", "https instead of http and no port")])
def test_another_url(simulated, captured, explained, provider, signed, words):
    if provider == "twilio" and "no port" in words:
        words = "https instead of http"  # Twilio signs with the port or without
    url = signed.format(port=simulated.port, provider=provider)
    dump = captured(provider, "--to", url)
    dump.target = dump.target.replace(f"{provider}/", provider)
    found = explained(dump)
    assert ids(found) == ["other_url"], found
    assert words in found["findings"][0]["text"]


@pytest.mark.sqlite
def test_a_query_that_came_on_the_way_is_not_blamed_on_the_public_url(captured, explained):
    dump = captured("hubspot")
    dump.target += "?added=1"
    found = explained(dump)
    assert ids(found) == ["other_url"], found
    assert "no query" in found["findings"][0]["text"] and "publicUrl" not in found["findings"][0]["text"]


@pytest.mark.sqlite
def test_another_method(captured, explained):
    dump = captured("hubspot")
    dump.method = "PUT"
    assert ids(explained(dump)) == ["other_method"]


@pytest.mark.sqlite
def test_what_cannot_be_explained_is_said_to_be_so(captured, explained):
    dump = captured("acme", "--secret", "env:OTHER_SECRET")
    assert ids(explained(dump)) == ["unexplained"]
    dump = captured("stripe")
    dump.body = dump.body.replace(b"active", b"passive")
    assert ids(explained(dump)) == ["unexplained"]


@pytest.mark.sqlite
def test_a_dump_that_was_not_captured_as_it_was_sent(captured, explained):
    dump = captured("acme")
    dump.headers.append(("content-length", str(len(dump.body))))
    assert ids(explained(dump)) == []
    dump.body += b"\n"
    assert ids(explained(dump)) == ["trailing_newline", "content_length"]


@pytest.mark.sqlite
def test_an_authentic_webhook_that_cannot_be_read(captured, explained, tmp_path):
    body = tmp_path / "body.json"
    body.write_text("{}")
    found = explained(captured("acme", "--body", str(body)))
    assert found["verdict"] == "accept" and ids(found) == ["unreadable"]


def test_a_stored_event_is_looked_at_again(simulated):
    simulated.sent("acme", TYPES["acme"])
    simulated.sent("globex", TYPES["globex"])
    newest = {event["provider"]: event["id"] for event in reversed(simulated.read("/events", pageSize=100)["data"])}
    result = simulated.command("explain", newest["acme"], "--json")
    assert (result.returncode, json.loads(result.stdout)["verdict"]) == (0, "accept"), result.stdout + result.stderr
    result = simulated.command("explain", newest["globex"], "--json")
    assert (result.returncode, ids(json.loads(result.stdout))) == (1, ["header_redacted"]), result.stdout + result.stderr
    result = simulated.command("explain", newest["acme"], "--secret", "env:OTHER_SECRET")
    assert result.returncode == 1 and "note: a stored webhook was authentic" in result.stdout
    result = simulated.command("explain", "01a21a3c-6b0f-7002-97ae-000000000000")
    assert result.returncode == 78 and "there is no event" in result.stderr


@pytest.mark.sqlite
@pytest.mark.parametrize("content, words", [
    (b"", "no request line"), (b"hello\n\n{}", "is no request line"), (b"POST / HTTP/1.1\r\nhost: x", "no empty line"),
    (b"POST / HTTP/1.1\r\nno colon\r\n\r\n", "no colon"), (b"POST /elsewhere HTTP/1.1\r\n\r\n{}", "--provider NAME"),
    (b"POST /webhooks/acmee HTTP/1.1\r\n\r\n{}", "did you mean acme?"), (os.urandom(4096), "request line")])
def test_what_is_no_dump_is_refused(simulated, tmp_path, content, words):
    path = tmp_path / "request.http"
    path.write_bytes(content)
    result = simulated.command("explain", str(path))
    assert (result.returncode, words in result.stderr) == (78, True), f"{result.returncode} {result.stderr}"
    assert result.stderr.isprintable() or "\n" in result.stderr


@pytest.mark.sqlite
def test_a_dump_may_come_from_standard_input(simulated, captured):
    result = subprocess.run([str(simulated.binary), "explain", "-"], env=simulated.environment, input=captured("github").raw(),
                            capture_output=True, timeout=30)
    assert (result.returncode, result.stdout.splitlines()[0]) == (0, b"authentic"), result.stderr
