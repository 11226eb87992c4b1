"""What arrives at the callback, and what becomes of an event when it does not."""

import json
import re
import time

import pytest
from callbacks import Respond
from waiting import wait_for
from webhooks import CANARY, acme, globex, unique

SETTINGS = {"DELIVERY_TIMEOUT_MS": "1000"}

# What any parser that makes numbers of it, or sorts it, would change.
FRAGILE = ('{"z":12345678901234567890,"a":1.10,"m":-0.0,"e":1E+2,"big":1.7976931348623157e309,'
           '"id":"fragile","u":"\\u00e4\\ud83d\\ude00\\/","n":null , "arr":[ 1,2.50 ]}')


def attempts(gateway, event_id):
    return gateway.details(event_id)["deliveryAttempts"]


def test_the_normalized_payload_carries_the_bytes_that_came_in(gateway, callbacks):
    webhook = acme(data=FRAGILE)
    event_id = gateway.accept(webhook)
    received = callbacks.await_received(webhook.external_id)[0]
    assert received.method == "POST" and received.path == "/acme"
    assert received.header("content-type").split(";")[0] == "application/json"
    assert FRAGILE.encode() in received.body
    payload = json.loads(received.body, parse_int=str, parse_float=str)
    assert list(payload) == ["provider", "eventType", "externalEventId", "data"]
    assert payload["provider"] == "acme"
    assert payload["eventType"] == "payment.settled"
    assert payload["externalEventId"] == webhook.external_id
    assert FRAGILE.encode() in gateway.call("GET", f"/events/{event_id}").body


def test_the_callback_gets_the_headers_of_the_contract(gateway, callbacks):
    webhook = acme()
    event_id = gateway.accept(webhook, {"x-correlation-id": "corr-4711"})
    received = callbacks.await_received(webhook.external_id)[0]
    assert received.header("x-integration-provider") == "acme"
    assert received.header("x-event-id") == event_id
    assert received.header("x-correlation-id") == "corr-4711"
    assert received.header("webhook-id") == event_id
    assert received.header("webhook-attempt") == "1"
    assert abs(int(received.header("webhook-timestamp")) - time.time()) < 60
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]", received.header("traceparent"))
    assert int(received.header("content-length")) == len(received.body)
    names = {name for name, _ in received.headers}
    assert not names & {"x-acme-signature", "x-internal-api-key", "expect", "transfer-encoding"}


def test_a_plugin_that_formats_decides_what_is_sent(gateway, callbacks):
    webhook = globex(resource=f'{{"id":"ticket-1","price":1.10,"note":"{CANARY}"}}')
    event_id = gateway.accept(webhook)
    received = callbacks.await_received(webhook.external_id)[0]
    assert received.path == "/globex"
    assert received.header("x-integration-provider") == "globex"
    normalized = gateway.details(event_id)["event"]["normalizedPayload"]
    assert list(normalized) == ["provider", "eventType", "externalEventId", "resource"]
    assert b"1.10" in received.body
    assert json.loads(received.body) != normalized


def test_a_success_is_recorded_with_the_answer(gateway, callbacks):
    webhook = acme()
    callbacks.plan(webhook.external_id, Respond(201, body=b'{"taken":true}'))
    event_id = gateway.accept(webhook)
    gateway.await_status(event_id, "processed")
    details = gateway.details(event_id)
    (attempt,) = details["deliveryAttempts"]
    assert attempt["attemptNo"] == 1 and attempt["status"] == "success" and attempt["httpStatus"] == 201
    assert attempt["responseBody"] == '{"taken":true}' and attempt["errorMessage"] is None
    assert attempt["normalizedEventId"] == event_id
    (job,) = details["processingJobs"]
    assert job["kind"] == "ingest" and job["status"] == "processed" and job["attempts"] == 1 and job["finishedAt"]
    event = details["event"]
    assert event["processingAttempts"] == 1 and event["lastError"] is None and event["lastProcessedAt"]


@pytest.mark.parametrize("failure", [
    Respond(500, body=b"broken"), Respond(404), Respond(429), Respond(302, (("location", "/elsewhere"),)),
    Respond(hang_up=True)], ids=["500", "404", "429", "redirect", "hang-up"])
def test_a_failure_is_tried_again_until_it_succeeds(gateway, callbacks, failure):
    webhook = acme()
    callbacks.plan(webhook.external_id, failure, failure, Respond(204, body=b""))
    event_id = gateway.accept(webhook)
    status = gateway.await_status(event_id, "processed", "failed")
    assert status["status"] == "processed" and status["processingAttempts"] == 3
    assert [each.header("webhook-attempt") for each in callbacks.received(webhook.external_id)] == ["1", "2", "3"]
    assert {each.path for each in callbacks.received(webhook.external_id)} == {"/acme"}
    recorded = attempts(gateway, event_id)
    assert [each["attemptNo"] for each in recorded] == [1, 2, 3]
    assert [each["status"] for each in recorded] == ["failed", "failed", "success"]
    assert all(each["errorMessage"] for each in recorded[:2])
    assert recorded[0]["httpStatus"] == (None if failure.hang_up else failure.status)


def test_the_webhook_id_stays_the_same_through_retries(gateway, callbacks):
    webhook = acme()
    callbacks.plan(webhook.external_id, Respond(500), Respond())
    gateway.await_status(gateway.accept(webhook), "processed")
    assert len({each.header("webhook-id") for each in callbacks.received(webhook.external_id)}) == 1


def test_a_spent_budget_ends_failed_and_visible(gateway, callbacks):
    webhook = acme()
    callbacks.plan(webhook.external_id, Respond(500, body=b"no"))
    event_id = gateway.accept(webhook)
    status = gateway.await_status(event_id, "failed")
    assert status["processingAttempts"] == 3
    assert status["lastError"]
    assert status["jobs"][-1]["status"] == "failed" and status["jobs"][-1]["finishedAt"]
    assert len(callbacks.received(webhook.external_id)) == 3
    assert event_id in [item["id"] for item in gateway.read("/events", status="failed", pageSize=100)["data"]]
    actions = {entry["action"] for entry in gateway.audit(entityId=event_id)}
    assert {"event.normalized", "event.queued", "event.retry_scheduled", "event.failed"} <= actions
    assert "event.processed" not in actions


def test_410_ends_it_at_once(gateway, callbacks):
    webhook = acme()
    callbacks.plan(webhook.external_id, Respond(410))
    event_id = gateway.accept(webhook)
    assert gateway.await_status(event_id, "failed")["processingAttempts"] == 1


def test_retry_after_is_honoured_up_to_the_cap(install, callbacks):
    own = install(RETRY_BASE_DELAY_MS="1", RETRY_MAX_DELAY_MS="1200").start()
    webhook = acme()
    callbacks.plan(webhook.external_id, Respond(503, (("retry-after", "1"),)), Respond(429, (("retry-after", "86400"),)),
                   Respond())
    event_id = own.accept(webhook)
    assert own.await_status(event_id, "processed")["processingAttempts"] == 3
    first, second, third = (each.at for each in callbacks.received(webhook.external_id))
    assert 0.9 <= second - first < 5
    assert 0.9 <= third - second < 5
    own.stop()


def test_an_answer_that_takes_too_long_is_a_failure(gateway, callbacks):
    webhook = acme()
    callbacks.plan(webhook.external_id, Respond(until=callbacks.gate()), Respond())
    event_id = gateway.accept(webhook)
    gateway.await_status(event_id, "processed")
    first = attempts(gateway, event_id)[0]
    assert first["status"] == "failed" and first["httpStatus"] is None and first["errorMessage"]
    assert 900 <= first["durationMs"] < 5000


def test_at_most_64_kib_of_an_answer_are_kept(gateway, callbacks):
    webhook = acme()
    callbacks.plan(webhook.external_id, Respond(200, body=b"x" * 200_000))
    event_id = gateway.accept(webhook)
    gateway.await_status(event_id, "processed")
    assert len(attempts(gateway, event_id)[0]["responseBody"]) <= 64 * 1024


def test_an_answer_that_is_no_text_is_shown_in_base64(gateway, callbacks):
    webhook = acme()
    callbacks.plan(webhook.external_id, Respond(200, body=b"\xff\x00\x01"))
    event_id = gateway.accept(webhook)
    gateway.await_status(event_id, "processed")
    attempt = attempts(gateway, event_id)[0]
    assert attempt["responseBody"] == "/wAB" and attempt["responseBodyEncoding"] == "base64"


def test_a_slow_callback_does_not_delay_another_integration(gateway, callbacks):
    word = unique("slow")
    callbacks.plan(word, Respond(until=callbacks.gate()))
    stuck = [gateway.accept(acme(data=f'{{"id":"{word}","n":{number}}}')) for number in range(100)]
    quick = globex()
    sent_at = time.monotonic()
    gateway.accept(quick)
    assert callbacks.await_received(quick.external_id)[0].at - sent_at < 0.9
    callbacks.plan(word, Respond())
    for event_id in stuck:
        gateway.await_status(event_id, "processed", "failed", timeout_s=30)


def test_a_callback_that_is_down_is_tried_again_when_it_is_back(install, callbacks):
    from callbacks import Callbacks

    own = install(MAX_PROCESSING_RETRIES="100", RETRY_MAX_DELAY_MS="100")
    late = Callbacks()
    port = late.port
    late.close()
    own.environment["ACME_CALLBACK_URL"] = f"http://127.0.0.1:{port}/acme"
    own.start()
    event_id = own.accept(acme())
    status = wait_for(lambda: (s := own.status(event_id))["processingAttempts"] >= 2 and s, what="two attempts")
    assert status["status"] in ("retrying", "processing")
    own.environment["ACME_CALLBACK_URL"] = callbacks.url("/acme")
    own.stop()
    own.start()
    own.await_status(event_id, "processed")
    own.stop()


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest", "http://0.0.0.0/x", "http://[::ffff:169.254.1.1]/",
                                 "http://2852039166/"])
def test_addresses_that_are_never_callbacks_are_not_connected_to(install, url):
    own = install(MAX_PROCESSING_RETRIES="2", CALLBACK_ALLOWED_NETWORKS="", ACME_CALLBACK_URL=url,
                  DELIVERY_TIMEOUT_MS="500").start()
    event_id = own.accept(acme())
    own.await_status(event_id, "failed")
    for attempt in own.details(event_id)["deliveryAttempts"]:
        assert attempt["httpStatus"] is None
        assert attempt["durationMs"] < 400
    own.stop()
