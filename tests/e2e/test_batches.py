"""Requests that carry several events: what is malformed of them costs the others nothing."""

import json
import re
import time

import pytest
from waiting import wait_for
from webhooks import unique


def hubspot(event_id: str, **changes) -> dict:
    return {"eventId": event_id, "subscriptionId": 1, "portalId": 2, "occurredAt": int(time.time() * 1000),
            "subscriptionType": "contact.creation", "objectId": 3, **changes}


def sendgrid(event_id: str, **changes) -> dict:
    return {"sg_event_id": event_id, "event": "bounce", "timestamp": int(time.time()), "email": "a@example.com",
            **changes}


BATCHES = [("hubspot", "contact.creation", hubspot, {"subscriptionType": None}),
           ("hubspot", "contact.creation", hubspot, {"occurredAt": 1.5}),
           ("sendgrid", "bounce", sendgrid, {"timestamp": 1.5}),
           ("sendgrid", "bounce", sendgrid, {"event": None}),
           ("sendgrid", "bounce", sendgrid, {"sg_message_id": "a\nb"})]


def rejections(simulated) -> int:
    text = simulated.call("GET", "/metrics").body.decode()
    found = re.search(r'^hookgate_rejections_total\{reason="not_authentic"\} (\d+)$', text, re.M)
    return int(found[1]) if found else 0


def send(simulated, tmp_path, provider: str, event_type: str, events: list):
    body = tmp_path / "batch.json"
    body.write_text(json.dumps(events))
    return simulated.hookgate_send(provider, event_type, "--body", str(body), *simulated.key_of(provider))


@pytest.mark.parametrize("provider, event_type, event, malformed", BATCHES)
def test_one_malformed_event_is_counted_and_the_others_are_stored(simulated, tmp_path, provider, event_type, event, malformed):
    first, bad, last = unique("first"), unique("bad"), unique("last")
    before = rejections(simulated)
    sent = send(simulated, tmp_path, provider, event_type, [event(first), event(bad, **malformed), event(last)])
    assert sent.returncode == 0, sent.stdout + sent.stderr
    stored = " ".join(str(stored["externalEventId"])
                      for stored in simulated.read("/events", provider=provider, pageSize=100)["data"])
    assert [id in stored for id in (first, bad, last)] == [True, False, True], stored
    wait_for(lambda: rejections(simulated) == before + 1, what="the rejection to be counted")


@pytest.mark.parametrize("provider, event_type, event, malformed", BATCHES)
def test_a_batch_of_which_all_is_malformed_is_refused_with_what_is_wrong(simulated, tmp_path, provider, event_type, event,
                                                                         malformed):
    count = len(simulated.stored_types(provider))
    sent = send(simulated, tmp_path, provider, event_type, [event(unique(), **malformed), event(unique(), **malformed)])
    assert sent.returncode == 1 and " -> 400 in " in sent.stdout, sent.stdout + sent.stderr
    assert len(simulated.stored_types(provider)) == count
