"""POST /events/:id/replay, in every state an event can be in."""

import json

import pytest
from callbacks import Respond
from hookgate_process import MANAGEMENT_KEY, request
from waiting import wait_for
from webhooks import acme

SETTINGS = {"RETRY_BASE_DELAY_MS": "20"}
NO_EVENT = "01890000-0000-7000-8000-000000000000"


def test_a_processed_event_is_delivered_again(gateway, callbacks):
    webhook = acme()
    event_id = gateway.accept(webhook)
    gateway.await_status(event_id, "processed")
    answer = gateway.replay(event_id, requestedBy="ops@example.com")
    assert answer.status == 202
    data = answer.json()["data"]
    assert data["eventId"] == event_id
    second = callbacks.await_received(webhook.external_id, 2)[1]
    assert second.header("webhook-attempt") == "2"
    status = wait_for(lambda: (s := gateway.status(event_id))["status"] == "processed" and s["processingAttempts"] == 2 and s)
    assert [(job["kind"], job["status"], job["attempts"]) for job in status["jobs"]] == [
        ("ingest", "processed", 1), ("replay", "processed", 1)]
    actions = {entry["action"]: entry for entry in gateway.audit(entityType="replay_request")
               if entry["entityId"] == data["replayRequestId"]}
    assert actions["replay.requested"]["actor"] == "ops@example.com"
    assert "replay.completed" in actions


def test_a_failed_event_starts_over_with_a_full_budget_and_attempt_numbers_that_go_on(gateway, callbacks):
    webhook = acme()
    callbacks.plan(webhook.external_id, *[Respond(500)] * 5, Respond())
    event_id = gateway.accept(webhook)
    gateway.await_status(event_id, "failed")
    gateway.replay(event_id)
    status = gateway.await_status(event_id, "processed")
    assert status["processingAttempts"] == 6
    assert [(job["kind"], job["status"], job["attempts"]) for job in status["jobs"]] == [
        ("ingest", "failed", 3), ("replay", "processed", 3)]
    assert [each["attemptNo"] for each in gateway.details(event_id)["deliveryAttempts"]] == [1, 2, 3, 4, 5, 6]


def test_a_replay_that_fails_is_visible_and_can_be_repeated(gateway, callbacks):
    webhook = acme()
    callbacks.plan(webhook.external_id, Respond(410), Respond(410), Respond())
    event_id = gateway.accept(webhook)
    gateway.await_status(event_id, "failed")
    replay_id = gateway.replay(event_id).json()["data"]["replayRequestId"]
    wait_for(lambda: (s := gateway.status(event_id))["status"] == "failed" and len(s["jobs"]) == 2)
    wait_for(lambda: "replay.failed" in [entry["action"] for entry in gateway.audit(entityId=replay_id)])
    gateway.replay(event_id)
    assert gateway.await_status(event_id, "processed")["processingAttempts"] == 3


def test_a_waiting_event_becomes_due_now(install, callbacks):
    own = install(RETRY_BASE_DELAY_MS="3600000", RETRY_MAX_DELAY_MS="3600000").start()
    webhook = acme()
    callbacks.plan(webhook.external_id, Respond(500), Respond())
    event_id = own.accept(webhook)
    own.await_status(event_id, "retrying")
    assert own.replay(event_id).status == 202
    status = own.await_status(event_id, "processed")
    assert status["processingAttempts"] == 2
    own.stop()


def test_an_event_in_flight_is_sent_again_when_the_flight_has_ended(gateway, callbacks):
    webhook = acme()
    landing = callbacks.gate()
    callbacks.plan(webhook.external_id, Respond(until=landing), Respond())
    event_id = gateway.accept(webhook)
    callbacks.await_received(webhook.external_id)
    assert gateway.status(event_id)["status"] == "processing"
    assert gateway.replay(event_id).status == 202
    landing.set()
    callbacks.await_received(webhook.external_id, 2)
    status = wait_for(lambda: (s := gateway.status(event_id))["status"] == "processed" and s["processingAttempts"] == 2 and s)
    assert [each["status"] for each in gateway.details(event_id)["deliveryAttempts"]] == ["success", "success"]
    assert [job["kind"] for job in status["jobs"]] == ["ingest", "replay"]


def test_replays_can_be_repeated_without_end(gateway, callbacks):
    webhook = acme()
    event_id = gateway.accept(webhook)
    for number in range(1, 5):
        wait_for(lambda: (s := gateway.status(event_id))["status"] == "processed" and s["processingAttempts"] == number)
        gateway.replay(event_id)
    callbacks.await_received(webhook.external_id, 5)


def test_the_requester_has_a_default(gateway):
    event_id = gateway.accept(acme())
    replay_id = gateway.replay(event_id).json()["data"]["replayRequestId"]
    (entry,) = gateway.audit(entityId=replay_id, action="replay.requested")
    assert entry["actor"] == "api-user"
    assert "a test wants it again" in json.dumps(entry["details"])


def send(gateway, body: bytes, content_type: str | None = "application/json", event_id: str = NO_EVENT):
    headers = {"content-type": content_type} if content_type else {}
    return gateway.call("POST", f"/events/{event_id}/replay", body, headers)


@pytest.mark.parametrize("body, fields", [
    (b"", ["reason"]), (b"{}", ["reason"]), (b'{"reason":"abcd"}', ["reason"]), (b'{"reason":"     "}', ["reason"]),
    (b'{"reason":5}', ["reason"]), (json.dumps({"reason": "x" * 501}).encode(), ["reason"]),
    (b'{"reason":"long enough","requestedBy":"x"}', ["requestedBy"]),
    (json.dumps({"reason": "long enough", "requestedBy": "x" * 121}).encode(), ["requestedBy"]),
    (b'{"reason":"long enough","requestedBy":null}', ["requestedBy"]),
    (b'{"requestedBy":1,"reason":"no","extra":1}', ["extra", "requestedBy", "reason"]),
    (b"[]", ["body"]), (b"{", ["body"]), (b"null", ["body"]), (b'{"reason":"long enough"}{}', ["body"]),
    (b'{"reason":"long enough","reason":"long enough"}', ["body"]), (b'{"reason":"long \xff enough"}', ["body"]),
    (b'{"reason":' + b"[" * 100_000 + b"]" * 100_000 + b"}", ["body"])],
    ids=range(17))
def test_every_problem_of_a_body_is_named(gateway, body, fields):
    answer = send(gateway, body)
    assert answer.status == 400
    assert [each["field"] for each in answer.json()["error"]["details"]] == fields


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_another_content_type_is_415(gateway, content_type):
    answer = send(gateway, b'{"reason":"long enough"}', content_type)
    assert answer.status == 415
    assert answer.json()["error"]["code"] == "UNSUPPORTED_MEDIA_TYPE"


def test_lengths_are_counted_in_characters(gateway):
    event_id = gateway.accept(acme())
    for requester, reason, wanted in ((2, 5, 202), (120, 500, 202), (1, 5, 400), (2, 501, 400)):
        body = json.dumps({"requestedBy": "\U0001f600" * requester, "reason": "\u00e4" * reason}, ensure_ascii=False)
        assert send(gateway, body.encode(), event_id=event_id).status == wanted


def test_an_unknown_event_is_404_and_a_malformed_id_400(gateway):
    assert gateway.replay(NO_EVENT).status == 404
    answer = gateway.replay("4711")
    assert answer.status == 400
    assert answer.json()["error"]["details"][0]["field"] == "id"


def test_a_body_beyond_the_limit_is_413(gateway):
    answer = request(gateway.port, "POST", f"/api/v1/events/{NO_EVENT}/replay", b"x" * (1 << 20 | 1),
                     {"x-internal-api-key": MANAGEMENT_KEY, "content-type": "application/json"})
    assert answer.status == 413
