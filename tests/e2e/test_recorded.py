"""What a plugin says of a webhook is recorded and shown: which secret proved it, and whether somebody only tries the connection."""

import hashlib
import hmac
import json
import re
import sqlite3
import time

import databases
import pytest
from hookgate_process import REPOSITORY
from webhooks import Webhook, acme, sign_acme, unique

OLD_SECRET = b"secret-of-acme-before-in-tests"
STRIPE_SECRET = b"whsec_secret-of-stripe-in-tests"


def with_integrations(own, *integrations: dict):
    (own.directory / "integrations.json").write_text(json.dumps(list(integrations)))
    own.environment.update(OLD_SECRET=OLD_SECRET.decode(), STRIPE_SECRET=STRIPE_SECRET.decode())
    return own.seed()


@pytest.fixture
def rotating(install, callbacks):
    """A gateway whose acme has a new secret and still takes the one before."""
    return with_integrations(install(), {
        "provider": "acme", "name": "acme", "callbackUrl": callbacks.url("/acme"),
        "secrets": [{"keyId": "2026", "env": "ACME_WEBHOOK_SECRET"}, {"keyId": "2025", "env": "OLD_SECRET"}]}).start()


@pytest.fixture
def stripe(install, callbacks):
    return with_integrations(install(), {"provider": "stripe", "name": "stripe", "callbackUrl": callbacks.url("/stripe"),
                                         "secrets": [{"env": "STRIPE_SECRET"}]}).start()


def signed_before(webhook: Webhook) -> Webhook:
    return Webhook(webhook.provider, webhook.external_id, webhook.body, sign_acme(webhook.body, OLD_SECRET))


def charge(live: bool) -> Webhook:
    external_id = unique("evt_stripe")
    body = json.dumps({"id": external_id, "object": "event", "type": "charge.succeeded", "created": int(time.time()),
                       "livemode": live, "data": {"object": {"id": "ch_1"}}}).encode()
    now = str(int(time.time()))
    mac = hmac.digest(STRIPE_SECRET, now.encode() + b"." + body, hashlib.sha256).hex()
    return Webhook("stripe", external_id, body, {"stripe-signature": f"t={now},v1={mac}"})


def proofs(own) -> dict[str, int]:
    text = own.call("GET", "/metrics").body.decode()
    found = re.findall(r'^hookgate_webhooks_authentic_total\{key_id="([^"]*)",provider="acme"\} (\d+)$', text, re.M)
    return {key_id: int(count) for key_id, count in found}


def test_the_secret_that_proved_a_webhook_is_named(rotating):
    old = rotating.accept(signed_before(acme()))
    new = rotating.accept(acme())
    assert rotating.details(old)["webhook"]["keyId"] == "2025"
    assert rotating.details(new)["webhook"]["keyId"] == "2026"
    assert rotating.send(acme(), sign_acme(b"something else", OLD_SECRET)).status == 401
    assert proofs(rotating) == {"2025": 1, "2026": 1}
    explained = rotating.command("explain", old)
    assert explained.returncode == 0 and "by the secret 2025;" in explained.stdout, explained.stdout + explained.stderr


def test_an_old_secret_is_seen_to_be_in_use_by_repetitions_too(rotating):
    webhook = signed_before(acme())
    assert [rotating.send(webhook).status for _ in range(3)] == [202, 200, 200]
    assert proofs(rotating) == {"2025": 3}


def test_a_secret_without_an_id_is_shown_as_null(install):
    own = install().start()
    assert own.details(own.accept(acme()))["webhook"]["keyId"] is None
    assert proofs(own) == {"": 1}


def test_a_test_event_is_told_from_business(stripe, callbacks):
    trial, business = charge(live=False), charge(live=True)
    ids = {webhook.external_id: stripe.accept(webhook) for webhook in (trial, business)}
    for webhook, is_test in ((trial, True), (business, False)):
        assert stripe.details(ids[webhook.external_id])["event"]["test"] is is_test
        listed = stripe.read("/events", test=json.dumps(is_test))["data"]
        assert [event["externalEventId"] for event in listed] == [webhook.external_id]
        assert listed[0]["test"] is is_test
        sent = callbacks.await_received(webhook.external_id)[0]
        assert [value for name, value in sent.headers if name == "x-event-test"] == (["true"] if is_test else [])
    assert len(stripe.read("/events")["data"]) == 2
    assert stripe.call("GET", "/events?test=1").status == 400


def test_a_test_event_stays_one_when_it_is_sent_again(stripe, callbacks):
    webhook = charge(live=False)
    event = stripe.accept(webhook)
    stripe.await_status(event, "processed")
    assert stripe.replay(event).status == 202
    again = callbacks.await_received(webhook.external_id, 2)
    assert [received.header("x-event-test") for received in again] == ["true", "true"]


def run_sql(own, statements: str) -> None:
    if isinstance(own.database, databases.PostgresqlDatabase):
        own.database.rows(statements)
        return
    with sqlite3.connect(own.database) as connection:
        connection.executescript(statements)
    connection.close()


def test_what_was_stored_before_it_was_recorded_reads_as_business(stripe):
    event = stripe.accept(charge(live=False))
    stripe.await_status(event, "processed")
    stripe.stop()
    migration, = (REPOSITORY / "migrations" / databases.BACKEND).glob("*_test_events.sql")
    run_sql(stripe, f"ALTER TABLE event DROP COLUMN test; {migration.read_text()}")
    stripe.start()
    assert stripe.details(event)["event"]["test"] is False
    assert stripe.details(stripe.accept(charge(live=False)))["event"]["test"] is True
    assert [len(stripe.read("/events", test=value)["data"]) for value in ("true", "false")] == [1, 1]
