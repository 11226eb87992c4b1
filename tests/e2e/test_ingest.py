"""POST /webhooks/:provider: proof, form, idempotency."""

import concurrent.futures
import hashlib
import json
import re

import pytest
import webhooks
from hookgate_process import request
from installation import FINAL, conformance
from webhooks import acme, acme_body, globex, sign_acme, unique


def test_a_new_event_is_accepted_and_delivered(gateway, callbacks):
    webhook = acme()
    answer = gateway.send(webhook)
    assert answer.status == 202
    data = answer.json()["data"]
    assert data["status"] == "queued" and data["duplicate"] is False and "events" not in data
    assert answer.headers["x-correlation-id"] == data["correlationId"]
    callbacks.await_received(webhook.external_id)
    assert gateway.await_status(data["eventId"], *FINAL)["status"] == "processed"


def test_event_ids_are_version_7_uuids(gateway):
    assert gateway.accept(acme())[14] == "7"


def test_the_same_event_again_is_a_duplicate_with_the_same_id(gateway, callbacks):
    webhook = acme()
    event_id = gateway.accept(webhook)
    for _ in range(3):
        answer = gateway.send(webhook)
        assert answer.status == 200
        data = answer.json()["data"]
        assert (data["eventId"], data["status"], data["duplicate"]) == (event_id, "duplicate", True)
    gateway.await_status(event_id, "processed")
    assert len(callbacks.received(webhook.external_id)) == 1
    assert gateway.read("/events", subject=f"account-{webhook.external_id}")["meta"]["total"] == 1


def test_fifty_concurrent_copies_are_stored_once(gateway, callbacks):
    webhook = acme()
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: gateway.send(webhook), range(50)))
    assert sorted(answer.status for answer in answers) == [200] * 49 + [202]
    ids = {answer.json()["data"]["eventId"] for answer in answers}
    assert len(ids) == 1
    gateway.await_status(ids.pop(), "processed")
    assert len(callbacks.received(webhook.external_id)) == 1


def test_the_same_id_with_another_body_is_a_duplicate_and_a_conflict_in_the_audit_trail(gateway):
    external_id = unique()
    first = acme(external_id)
    second = acme(external_id, event_type="payment.refunded")
    event_id = gateway.accept(first)
    answer = gateway.send(second)
    assert answer.status == 200 and answer.json()["data"]["eventId"] == event_id
    assert gateway.details(event_id)["webhook"]["rawPayload"].encode() == first.body
    conflicts = [entry for entry in gateway.audit(action="webhook.conflict")
                 if hashlib.sha256(second.body).hexdigest() in json.dumps(entry["details"])]
    assert len(conflicts) == 1
    assert hashlib.sha256(first.body).hexdigest() in json.dumps(conflicts[0]["details"])


def test_the_same_body_again_is_no_conflict(gateway):
    webhook = acme()
    gateway.accept(webhook)
    before = len(gateway.audit(action="webhook.conflict"))
    gateway.send(webhook)
    assert len(gateway.audit(action="webhook.conflict")) == before


def test_the_same_id_of_two_providers_is_two_events(gateway):
    external_id = unique()
    assert gateway.accept(acme(external_id)) != gateway.accept(globex(external_id))


# ---- proof

def other_case(proof: dict[str, str]) -> dict[str, str]:
    return {"x-acme-signature": proof["x-acme-signature"].upper()}


@pytest.mark.parametrize("proof", [
    {}, {"x-acme-signature": ""}, {"x-acme-signature": "0" * 64}, {"x-acme-signature": "zz"},
    {"x-acme-signature": "sha256=" + "0" * 64}, {"x-globex-token": webhooks.GLOBEX_SECRET.decode()},
    sign_acme(b"{}"), sign_acme(acme("proof").body, b"another secret")], ids=str)
def test_what_is_not_authentic_is_401_and_not_stored(gateway, proof):
    webhook = acme("proof")
    answer = request(gateway.port, "POST", webhook.path, webhook.body, {"content-type": "application/json", **proof})
    conformance.check("POST", webhook.path, answer.status, answer.headers, answer.body)
    assert answer.status == 401
    assert answer.json()["error"]["code"] == "UNAUTHORIZED"
    assert gateway.read("/events", subject="account-proof")["meta"]["total"] == 0


def test_a_body_that_was_changed_on_its_way_is_401(gateway):
    webhook = acme()
    for body in (webhook.body + b" ", webhook.body[:-1], webhook.body.replace(b"settled", b"Settled")):
        answer = request(gateway.port, "POST", webhook.path, body, webhook.headers)
        assert answer.status == 401


@pytest.mark.parametrize("token", ["", "wrong", webhooks.GLOBEX_SECRET.decode()[:-1],
                                   webhooks.GLOBEX_SECRET.decode() + "x", webhooks.GLOBEX_SECRET.decode().upper()])
def test_a_wrong_token_is_401(gateway, token):
    assert gateway.send(globex(), {"x-globex-token": token}).status == 401


def test_a_401_does_not_say_why(gateway):
    missing = request(gateway.port, "POST", "/api/v1/webhooks/acme", b"{}")
    wrong = request(gateway.port, "POST", "/api/v1/webhooks/acme", b"{}", {"x-acme-signature": "0" * 64})
    assert missing.json() == wrong.json()


def test_the_management_key_proves_no_webhook(gateway):
    answer = gateway.call("POST", "/webhooks/acme", b"{}")
    assert answer.status == 401


# ---- form

BAD_ACME_BODIES = [
    b"", b"{", b"[]", b"null", b"\"text\"", b"{}", b"\xff\xfe", b"{\"a\":1}x",
    b'{"eventId":"a","eventType":"b","occurredAt":"2026-01-01T00:00:00Z"}',
    b'{"eventId":"a","eventType":"b","data":{}}',
    b'{"eventId":"a","occurredAt":"2026-01-01T00:00:00Z","data":{}}',
    b'{"eventType":"b","occurredAt":"2026-01-01T00:00:00Z","data":{}}',
    b'{"eventId":"","eventType":"b","occurredAt":"2026-01-01T00:00:00Z","data":{}}',
    b'{"eventId":"  ","eventType":"b","occurredAt":"2026-01-01T00:00:00Z","data":{}}',
    b'{"eventId":7,"eventType":"b","occurredAt":"2026-01-01T00:00:00Z","data":{}}',
    b'{"eventId":"a","eventType":" ","occurredAt":"2026-01-01T00:00:00Z","data":{}}',
    b'{"eventId":"a","eventType":"b","occurredAt":"yesterday","data":{}}',
    b'{"eventId":"a","eventType":"b","occurredAt":"2026-02-30T00:00:00Z","data":{}}',
    b'{"eventId":"a","eventType":"b","occurredAt":1700000000,"data":{}}',
    b'{"eventId":"a","eventType":"b","occurredAt":"2026-01-01T00:00:00Z","data":[]}',
    b'{"eventId":"a","eventType":"b","occurredAt":"2026-01-01T00:00:00Z","data":"text"}',
    b'{"eventId":"a","eventType":"b","occurredAt":"2026-01-01T00:00:00Z","data":null}',
    b'{"eventId":"a","eventType":"b","occurredAt":"2026-01-01T00:00:00Z","data":{"x":"\xff"}}',
    b'{"eventId":"a","eventType":"b","occurredAt":"2026-01-01T00:00:00Z","data":{"x":01}}',
]


@pytest.mark.parametrize("body", BAD_ACME_BODIES, ids=range(len(BAD_ACME_BODIES)))
def test_what_is_authentic_but_malformed_is_400_and_not_stored(gateway, body):
    before = gateway.read("/events", pageSize=1)["meta"]["total"]
    answer = gateway.send(acme_body(body))
    assert answer.status == 400
    assert answer.json()["error"]["code"] == "VALIDATION_ERROR"
    assert gateway.read("/events", pageSize=1)["meta"]["total"] == before


def test_nesting_deeper_than_any_stack_does_no_harm(gateway):
    depth = 200_000
    body = (b'{"eventId":"deep","eventType":"b","occurredAt":"2026-01-01T00:00:00Z","data":{"x":' + b"[" * depth
            + b"]" * depth + b"}}")
    assert gateway.send(acme_body(body)).status in (400, 413)
    assert gateway.call("GET", "/health", key=None).status == 200


@pytest.mark.parametrize("sent, stored", [
    ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z"),
    ("2026-01-02T03:04:05.678901Z", "2026-01-02T03:04:05.678Z"),
    ("2026-01-02T03:04:05.5+05:30", "2026-01-01T21:34:05.500Z"),
    ("2025-12-31T23:30:00-01:00", "2026-01-01T00:30:00.000Z")])
def test_dates_with_any_offset_are_stored_in_utc(gateway, sent, stored):
    for webhook in (acme(occurred_at=sent), globex(timestamp=sent)):
        assert gateway.details(gateway.accept(webhook))["event"]["occurredAt"] == stored


def test_the_subject_is_the_given_one_or_else_the_id_in_the_data(gateway):
    given = gateway.accept(acme(subject="order 4711"))
    derived = gateway.accept(acme(data='{"id":"account-9","x":1}'))
    none = gateway.accept(acme(data='{"x":1}'))
    resource = gateway.accept(globex(resource='{"id":"ticket-9"}'))
    subjects = [gateway.details(event_id)["event"]["subject"] for event_id in (given, derived, none, resource)]
    assert subjects == ["order 4711", "account-9", None, "ticket-9"]


def test_text_of_every_script_survives(gateway):
    webhook = acme(event_type="zahlung.\u00fcberf\u00e4llig", subject="\u65e5\u672c \U0001f600 \"quoted\" \\ <&>")
    event = gateway.details(gateway.accept(webhook))["event"]
    assert event["eventType"] == "zahlung.\u00fcberf\u00e4llig"
    assert event["subject"] == "\u65e5\u672c \U0001f600 \"quoted\" \\ <&>"


# ---- who receives

@pytest.mark.parametrize("provider", ["unknown", "ACME", "acme2", "a" * 63])
def test_an_unknown_provider_is_404(gateway, provider):
    answer = gateway.call("POST", f"/webhooks/{provider}", b"{}", key=None)
    assert answer.status == 404
    assert answer.json()["error"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_405_with_allow(gateway, method):
    answer = gateway.call(method, "/webhooks/acme", key=None)
    assert answer.status == 405
    assert "POST" in answer.headers["allow"]
    assert answer.json()["error"]["code"] == "METHOD_NOT_ALLOWED"


# ---- correlation id

def test_a_correlation_id_of_the_sender_is_kept(gateway, callbacks):
    webhook = acme()
    answer = gateway.send(webhook, {"x-correlation-id": "Order-1.2_3"})
    assert answer.headers["x-correlation-id"] == answer.json()["data"]["correlationId"] == "Order-1.2_3"
    assert callbacks.await_received(webhook.external_id)[0].header("x-correlation-id") == "Order-1.2_3"


@pytest.mark.parametrize("sent", ["", "a b", "x" * 65, "../etc", "a\tb", "{}", "\u00e4"])
def test_a_correlation_id_that_is_none_is_replaced(gateway, sent):
    headers = {"x-correlation-id": sent.encode().decode("latin-1")}
    answer = gateway.send(acme(), headers)
    assert answer.status == 202
    assert answer.headers["x-correlation-id"] != sent
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", answer.headers["x-correlation-id"])


def test_refusals_carry_a_correlation_id_too(gateway):
    answer = request(gateway.port, "POST", "/api/v1/webhooks/acme", b"{}", {"x-correlation-id": "refused-1"})
    assert answer.status == 401
    assert answer.headers["x-correlation-id"] == "refused-1"
