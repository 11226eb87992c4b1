"""`hookgate send`: every provider's samples, signed by its plugin, are what a real gateway accepts and stores."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import hookgate_process
import pytest
from simulated import ASYMMETRIC, SECRET, SYMMETRIC, key_pair


@pytest.mark.parametrize("provider", [*SYMMETRIC, *ASYMMETRIC])
def test_every_type_that_is_listed_is_sent_and_stored(simulated, provider):
    types = simulated.types(provider)
    assert types
    # The integration of a scheme from settings reads types where its settings say.
    if provider == "generic_hmac":
        types = ["webhooks.test_notification"]
    if provider == "standard_webhooks":
        types = ["user.created"]
    for event_type in types:
        before = simulated.stored_types(provider).count(event_type)
        simulated.sent(provider, event_type, *simulated.key_of(provider))
        assert simulated.stored_types(provider).count(event_type) == before + 1, event_type


@pytest.mark.sqlite
def test_every_plugin_that_is_built_is_among_them(simulated):
    built = {path.stem for path in (hookgate_process.build_directory() / "plugins").glob("*.so")}
    assert built == {*SYMMETRIC, *ASYMMETRIC}


@pytest.mark.sqlite
@pytest.mark.parametrize("provider, event_type", [("acme", "payment.settled"), ("stripe", "customer.subscription.updated"),
                                                  ("twilio", "message.received"), ("github", "issues.opened"),
                                                  ("hubspot", "contact.deletion")])
def test_each_of_many_is_another_event(simulated, provider, event_type):
    before = simulated.stored_types(provider).count(event_type)
    result = simulated.sent(provider, event_type, "--count", "5")
    assert result.stdout.count(" -> 20") == 5
    assert simulated.stored_types(provider).count(event_type) == before + 5


@pytest.mark.sqlite
def test_the_body_can_be_given_and_changed(simulated, tmp_path):
    body = tmp_path / "body.json"
    body.write_text('{"id": "evt_given_1", "object": "event", "type": "charge.refunded", "created": 1700000000, "data": {}}')
    simulated.sent("stripe", "customer.subscription.updated", "--body", str(body), "--set", "/type=charge.failed",
                   "--set", "/data/amount=12")
    assert "charge.failed" in simulated.stored_types("stripe")


@pytest.mark.sqlite
def test_what_is_printed_is_what_would_be_sent(simulated):
    printed = simulated.sent("github", "ping", "--print").stdout
    head, _, body = printed.partition("\n\n")
    assert head.startswith("POST /api/v1/webhooks/github HTTP/1.1")
    assert "x-hub-signature-256: sha256=" in head
    assert json.loads(body)
    assert SECRET not in printed


@pytest.mark.sqlite
def test_another_secret_is_refused_by_the_gateway_and_the_exit_code_says_so(simulated):
    result = simulated.hookgate_send("acme", "payment.settled", "--secret", "env:OTHER_SECRET")
    assert result.returncode == 1
    assert " -> 401 in " in result.stdout


@pytest.mark.sqlite
def test_a_key_that_is_not_the_integration_s_is_told_before_it_is_sent(simulated, tmp_path):
    private, _ = key_pair(tmp_path, "discord")
    result = simulated.hookgate_send("discord", "APPLICATION_AUTHORIZED", "--private-key", str(private))
    assert result.returncode == 1
    assert "does the private key belong" in result.stderr
    assert " -> 401 in " in result.stdout


@pytest.mark.sqlite
@pytest.mark.parametrize("arguments, code, words", [
    (("acmee", "x"), 78, "did you mean acme?"),
    (("acme", "payment.setled"), 78, "did you mean payment.settled?"),
    (("acme", "payment.settled", "--integration", "acne"), 78, "did you mean acme?"),
    (("acme", "payment.settled", "--secret", "the-secret-itself"), 78, "env:NAME or file:PATH"),
    (("acme", "payment.settled", "--secret", "env:NOT_SET"), 78, "NOT_SET"),
    (("discord", "APPLICATION_AUTHORIZED"), 78, "openssl genpkey -algorithm ed25519"),
    (("sendgrid", "bounce"), 78, "openssl genpkey -algorithm EC"),
    (("acme", "payment.settled", "--to", "http://127.0.0.1:1/"), 1, "nothing answers at http://127.0.0.1:1/"),
    (("acme", "payment.settled", "--to", "ftp://127.0.0.1/"), 1, "no answer from"),
    (("acme", "payment.settled", "--body", "/nonexistent"), 78, "cannot be read"),
    (("acme", "payment.settled", "--set", "type=x"), 78, "/pointer=value"),
    (("acme", "payment.settled", "--set", "/data/id/x/y=1"), 78, "no place"),
    (("acme", "payment.settled", "--count", "0"), 64, "from 1 to"),
    (("acme",), 64, "--list"),
    ((), 64, "PROVIDER"),
])
def test_what_cannot_be_sent_is_refused_with_what_to_do(simulated, arguments, code, words):
    result = simulated.hookgate_send(*arguments)
    assert (result.returncode, words in result.stderr) == (code, True), f"{result.returncode} {result.stderr}"
    assert SECRET not in result.stdout + result.stderr
    assert "the-secret-itself" not in result.stdout + result.stderr


@pytest.mark.sqlite
def test_a_redirect_is_not_followed(simulated, callbacks):
    seen = []

    class Redirecting(BaseHTTPRequestHandler):
        def do_POST(self):
            seen.append(self.path)
            self.send_response(307)
            self.send_header("location", "/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Redirecting)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        result = simulated.hookgate_send("acme", "payment.settled", "--to", f"http://127.0.0.1:{server.server_port}/first")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert result.returncode == 1
    assert " -> 307 in " in result.stdout
    assert seen == ["/first"]
