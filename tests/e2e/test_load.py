"""What a slow question costs the webhooks that come meanwhile: nothing."""

import sqlite3
import threading
import time

import pytest
from webhooks import acme

pytestmark = pytest.mark.sqlite

EVENTS = 400_000
WEBHOOKS = 200

# Copies of one stored event, older than it.
COPY = """
WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < ?)
INSERT INTO event (id, rest, webhook, integration, occurred_at, type, subject, external_id, ordering_key, dedupe, payload)
SELECT e.id - n.i, e.rest, e.webhook, e.integration, e.occurred_at, e.type, CAST('subject-' || n.i AS BLOB), e.external_id,
       e.ordering_key, e.dedupe, e.payload
FROM n, (SELECT * FROM event LIMIT 1) e
"""


def fill(path) -> None:
    with sqlite3.connect(path) as database:
        database.execute(COPY, (EVENTS,))
        database.execute("UPDATE counter SET value = value + ? WHERE name = 'events'", (EVENTS,))


def test_slow_queries_leave_ingest_alone(install):
    own = install().start()
    own.await_status(own.accept(acme()), "processed")
    own.stop()
    fill(own.directory / "hookgate.db")
    own.start()

    asking = threading.Event()
    asking.set()
    answers = []

    def ask() -> None:
        while asking.is_set():
            began = time.monotonic()
            answer = own.call("GET", "/events?subject=is-nowhere")
            answers.append((began, time.monotonic(), answer.status))

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    sent = []
    try:
        for _ in range(WEBHOOKS):
            began = time.monotonic()
            own.accept(acme())
            sent.append((began, time.monotonic()))
    finally:
        asking.clear()
        for asker in askers:
            asker.join()

    assert {status for _, _, status in answers} <= {200, 503}
    longest = max(answers, key=lambda answer: answer[1] - answer[0])
    within = [webhook for webhook in sent if longest[0] < webhook[0] and webhook[1] < longest[1]]
    assert len(within) > 1, "no webhook was answered while a query ran: it held them up, or was no slow one"
    assert own.read("/events", pageSize=1)["meta"]["total"] == EVENTS + WEBHOOKS + 1
    own.stop()
