"""The lists and their filters, and what one event shows."""

import json

import pytest
from callbacks import Respond
from installation import FINAL
from waiting import wait_for
from webhooks import CANARY, acme, acme_body, globex, unique

NO_EVENT = "01890000-0000-7000-8000-000000000000"
DAY = "2031-05-{:02}T12:00:00.000Z"


@pytest.fixture(scope="module")
def run():
    """A word in the subject of every event of this file."""
    return unique("run")


@pytest.fixture(scope="module")
def stored(gateway, callbacks, run):
    """Twelve events, one a day, by turns of both providers; two of them failed. The ids in that order."""
    ids = []
    for day in range(1, 13):
        if day % 2:
            webhook = acme(event_type="order.paid" if day < 7 else "order.shipped", occurred_at=DAY.format(day),
                           subject=f"{run} 50%_{day:02}")
        else:
            webhook = globex(timestamp=DAY.format(day), resource=json.dumps({"id": f"{run} 500x{day:02}", "n": CANARY}))
        if day in (3, 4):
            callbacks.plan(webhook.external_id, Respond(410))
        ids.append(gateway.accept(webhook))
    for event_id in ids:
        gateway.await_status(event_id, *FINAL)
    return ids


@pytest.fixture
def settled(gateway, stored):
    """Events of other tests may still be on their way, and totals are compared: waits until nothing moves."""
    def moving():
        return sum(gateway.read("/events", status=status, pageSize=1)["meta"]["total"]
                   for status in ("pending", "processing", "retrying"))

    wait_for(lambda: moving() == 0, what="no event on its way")


@pytest.fixture
def days(gateway, stored, run):
    """days(**filters): the days of the events that are listed, in order."""
    def list_days(**filters):
        document = gateway.read("/events", **{"subject": run, "pageSize": 100, **filters})
        return [stored.index(item["id"]) + 1 for item in document["data"]]

    return list_days


def test_lists_are_newest_first(days):
    assert days() == list(range(12, 0, -1))


@pytest.mark.parametrize("filters, wanted", [
    ({"provider": "acme"}, [1, 3, 5, 7, 9, 11]),
    ({"provider": "nobody"}, []),
    ({"status": "failed"}, [3, 4]),
    ({"status": "processed"}, [1, 2, 5, 6, 7, 8, 9, 10, 11, 12]),
    ({"status": "pending"}, []),
    ({"status": "retrying"}, []),
    ({"eventType": "order.paid"}, [1, 3, 5]),
    ({"eventType": "order"}, []),
    ({"from": DAY.format(10)}, [10, 11, 12]),
    ({"to": DAY.format(2)}, [1, 2]),
    ({"from": DAY.format(4), "to": DAY.format(5)}, [4, 5]),
    ({"from": "2031-05-11T14:00:00+02:00"}, [11, 12]),
    ({"from": "2031-05-12"}, [12]),
    ({"to": "2031-05-02"}, [1]),
    ({"from": DAY.format(5), "to": DAY.format(4)}, []),
    ({"provider": "acme", "status": "failed", "eventType": "order.paid", "from": DAY.format(2)}, [3])], ids=str)
def test_filters_apply_together(days, filters, wanted):
    assert days(**filters, sortBy="occurredAt", sortOrder="asc") == wanted


def test_the_wildcards_of_the_database_are_plain_characters_in_a_subject(gateway, days, run):
    assert sorted(days(subject=f"{run} 50%_")) == [1, 3, 5, 7, 9, 11]
    assert days(subject=f"{run} 50%_11") == [11]
    for pattern in (f"{run}%11", f"{run} 50%%", f"{run} 50___", f"{run}\\", f"{run}*", "%", "_"):
        found = gateway.read("/events", subject=pattern, pageSize=100)["data"]
        assert all(pattern.lower() in (item["subject"] or "").lower() for item in found), pattern
    assert days(subject=f"{run}%11") == []


def test_a_subject_matches_in_either_case(days, run):
    assert len(days(subject=run.upper())) == 12


@pytest.mark.parametrize("sort_by", ["createdAt", "occurredAt", "receivedAt"])
def test_lists_can_be_sorted_both_ways(days, sort_by):
    assert days(sortBy=sort_by, sortOrder="asc") == list(range(1, 13))
    assert days(sortBy=sort_by, sortOrder="desc") == list(range(12, 0, -1))


def test_sorting_by_status_keeps_equals_together(gateway, stored, run):
    for order in ("asc", "desc"):
        items = gateway.read("/events", subject=run, sortBy="status", sortOrder=order, pageSize=100)["data"]
        statuses = [item["status"] for item in items]
        assert len(statuses) == 12
        assert statuses.index("failed") in (0, 10) and statuses.count("failed") == 2
        assert statuses[statuses.index("failed") + 1] == "failed"


@pytest.mark.parametrize("sort_by", ["createdAt", "occurredAt", "receivedAt", "status"])
def test_pages_join_to_the_whole_list(gateway, stored, run, sort_by):
    pages = [gateway.read("/events", subject=run, page=page, pageSize=5, sortBy=sort_by) for page in (1, 2, 3, 4)]
    assert [len(page["data"]) for page in pages] == [5, 5, 2, 0]
    assert sorted(item["id"] for page in pages for item in page["data"]) == sorted(stored)
    for number, page in enumerate(pages, 1):
        assert page["meta"] == {"page": number, "pageSize": 5, "total": 12, "totalPages": 3}


def test_a_page_far_past_the_end_is_empty(gateway, stored, run):
    for path in ("/events", "/deliveries", "/audit-entries", "/integrations"):
        document = gateway.read(path, page=1_000_000_000_000, pageSize=100)
        assert document["data"] == []
        assert document["meta"]["total"] > 0


def test_totals_are_right_without_a_filter(gateway, settled):
    document = gateway.read("/events", pageSize=1)
    everything = document["meta"]["total"]
    by_status = sum(gateway.read("/events", status=status, pageSize=1)["meta"]["total"]
                    for status in ("pending", "processing", "processed", "retrying", "failed"))
    by_provider = sum(gateway.read("/events", provider=name, pageSize=1)["meta"]["total"] for name in ("acme", "globex"))
    assert everything == by_status == by_provider
    assert document["meta"]["totalPages"] == everything


def test_the_default_page_has_twenty(gateway, stored):
    assert gateway.read("/events")["meta"]["pageSize"] == 20


@pytest.mark.parametrize("query, field", [
    ("page=0", "page"), ("page=-1", "page"), ("page=x", "page"), ("page=1.0", "page"), ("page=", "page"),
    ("page=99999999999999999999", "page"), ("pageSize=0", "pageSize"), ("pageSize=101", "pageSize"),
    ("status=done", "status"), ("status=FAILED", "status"), ("status=", "status"), ("sortBy=id", "sortBy"),
    ("sortOrder=up", "sortOrder"), ("from=yesterday", "from"), ("from=2026-13-01", "from"),
    ("to=2026-02-30T00:00:00Z", "to"), ("to=2026-01-01T00:00:00", "to"), ("subject=", "subject"),
    ("unknown=1", "unknown"), ("Page=1", "Page"), ("page=1&page=2", "page"), ("status=%zz", "query"),
    ("subject=%ff", "query"), ("subject=a%00b", "query")])
def test_a_query_that_cannot_be_read_is_400_and_names_the_parameter(gateway, query, field):
    answer = gateway.call("GET", f"/events?{query}")
    assert answer.status == 400
    error = answer.json()["error"]
    assert error["code"] == "VALIDATION_ERROR"
    assert [each["field"] for each in error["details"]] == [field]


@pytest.mark.parametrize("path, query, field", [
    ("/deliveries", "status=processed", "status"), ("/deliveries", "eventId=4711", "eventId"),
    ("/deliveries", "provider=acme", "provider"), ("/audit-entries", "actor=system", "actor"),
    ("/audit-entries", "action=", "action"), ("/integrations", "activeOnly=yes", "activeOnly"),
    ("/integrations", "status=x", "status"), ("/integrations", "pageSize=1000", "pageSize"),
    (f"/events/{NO_EVENT}", "x=1", "x"), (f"/events/{NO_EVENT}/status", "x=1", "x")])
def test_every_route_reads_its_query_strictly(gateway, path, query, field):
    answer = gateway.call("GET", f"{path}?{query}")
    assert answer.status == 400
    assert [each["field"] for each in answer.json()["error"]["details"]] == [field]


@pytest.mark.parametrize("path", ["/events/{}", "/events/{}/status", "/processing-status/{}"])
def test_ids(gateway, stored, path):
    assert gateway.call("GET", path.format(stored[0])).status == 200
    assert gateway.call("GET", path.format(stored[0].upper())).status == 200
    assert gateway.call("GET", path.format(NO_EVENT)).status == 404
    for malformed in ("4711", stored[0][:-1], stored[0] + "0", stored[0].replace("-", ""), f"%7B{stored[0]}%7D", "*"):
        answer = gateway.call("GET", path.format(malformed))
        assert answer.status == 400, malformed
        assert answer.json()["error"]["code"] == "VALIDATION_ERROR"


def test_an_event_shows_what_the_provider_sent(gateway, run):
    webhook = acme(subject=unique("raw"))
    event_id = gateway.accept(webhook, {"x-correlation-id": "corr-1", "x-extra": "one", "authorization": "Basic c2VjcmV0"})
    details = gateway.details(event_id)
    event, shown = details["event"], details["webhook"]
    assert event["webhookEventId"] == shown["id"]
    assert event["externalEventId"] == shown["externalEventId"] == webhook.external_id
    assert shown["idempotencyKey"] == f"acme:{webhook.external_id}"
    assert shown["signatureValid"] is True
    assert shown["rawPayload"].encode() == webhook.body and "rawPayloadEncoding" not in shown
    assert shown["sourceIp"] == "127.0.0.1"
    assert shown["receivedAt"] == event["receivedAt"]
    assert shown["requestHeaders"]["x-extra"] == "one"
    assert shown["requestHeaders"]["content-type"] == "application/json"
    assert "c2VjcmV0" not in json.dumps(shown)
    assert event["integrationId"] in [item["id"] for item in gateway.read("/integrations")["data"]]


def test_headers_that_are_secrets_are_redacted(gateway):
    webhook = globex()
    shown = gateway.details(gateway.accept(webhook))["webhook"]
    assert webhook.proof["x-globex-token"] not in json.dumps(shown)
    assert "x-globex-token" in shown["requestHeaders"]


def test_the_exact_text_of_a_body_is_kept(gateway):
    external_id = unique("text")
    body = (f' {{ "eventId" : "{external_id}",\r\n\t"eventType":"\\u00e4\u00e4",  "occurredAt":"2026-01-01T00:00:00Z",'
            f'"data":{{ "b":1.10, "a":12345678901234567890 }} }}\n').encode()
    details = gateway.details(gateway.accept(acme_body(body, external_id)))
    assert details["webhook"]["rawPayload"].encode() == body
    assert details["event"]["eventType"] == "\u00e4\u00e4"


def test_both_status_routes_agree(gateway, stored):
    assert (gateway.read(f"/events/{stored[2]}/status")["data"]
            == gateway.read(f"/processing-status/{stored[2]}")["data"])


def test_deliveries_can_be_filtered(gateway, stored):
    for event_id, status in ((stored[0], "success"), (stored[2], "failed")):
        (item,) = gateway.read("/deliveries", eventId=event_id)["data"]
        assert item["normalizedEventId"] == event_id and item["status"] == status
        assert gateway.read("/deliveries", eventId=event_id, status=status)["meta"]["total"] == 1
        other = "failed" if status == "success" else "success"
        assert gateway.read("/deliveries", eventId=event_id, status=other)["data"] == []
    assert gateway.read("/deliveries", eventId=NO_EVENT)["data"] == []
    failed = gateway.read("/deliveries", status="failed", pageSize=100)["data"]
    assert {item["status"] for item in failed} == {"failed"}


def test_deliveries_are_newest_first_and_their_total_is_right(gateway, settled):
    document = gateway.read("/deliveries", pageSize=100)
    total = sum(gateway.read("/deliveries", status=status, pageSize=1)["meta"]["total"] for status in ("success", "failed"))
    times = [item["createdAt"] for item in document["data"]]
    assert times == sorted(times, reverse=True)
    assert document["meta"]["total"] == total


def test_integrations_show_where_events_go_and_no_secret(gateway, callbacks):
    document = gateway.read("/integrations")
    assert [(item["provider"], item["callbackUrl"], item["active"]) for item in document["data"]] == [
        ("acme", callbacks.url("/acme"), True), ("globex", callbacks.url("/globex"), True)]
    assert "secret" not in json.dumps(document).lower()
    assert [item["provider"] for item in gateway.read("/integrations", provider="globex", activeOnly="true")["data"]] == ["globex"]
    assert gateway.read("/integrations", provider="nobody")["data"] == []


def test_the_audit_trail_of_an_event_tells_its_life(gateway, stored):
    event_id = stored[0]
    webhook_id = gateway.details(event_id)["event"]["webhookEventId"]
    entries = gateway.audit(entityId=event_id)
    assert {entry["action"] for entry in entries} == {"event.normalized", "event.queued", "event.processed"}
    assert {entry["entityType"] for entry in entries} == {"normalized_event"}
    (received,) = gateway.audit(entityId=webhook_id)
    assert received["action"] == "webhook.received" and received["entityType"] == "webhook_event"
    assert received["actor"] == "provider:acme"
    assert [entry["id"] for entry in gateway.audit(entityId=event_id)] == [entry["id"] for entry in entries]


def test_the_audit_trail_can_be_filtered_and_paged(gateway, stored, settled):
    document = gateway.read("/audit-entries", entityType="normalized_event", action="event.failed", pageSize=1)
    assert document["meta"]["total"] == len(gateway.audit(entityType="normalized_event", action="event.failed")) == 2
    assert len(document["data"]) == 1
    assert gateway.audit(entityType="nothing") == []
    assert gateway.audit(entityId=stored[0], action="event.failed") == []
    assert {entry["entityType"] for entry in gateway.audit(action="integration.created")} <= {"integration"}


def test_the_audit_trail_is_newest_first_with_unique_ids(gateway, settled):
    ids, times, page = [], [], 1
    while items := gateway.read("/audit-entries", page=page, pageSize=50)["data"]:
        ids += [item["id"] for item in items]
        times += [item["createdAt"] for item in items]
        page += 1
    assert len(ids) == len(set(ids)) == gateway.read("/audit-entries", pageSize=1)["meta"]["total"]
    assert times == sorted(times, reverse=True)
