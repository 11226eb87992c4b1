"""The harness itself: a checker that cannot fail would prove nothing."""

import dataclasses
import random
import socket
import sqlite3
import threading

import pytest

import acme
import checker
import database
import hookgate_process
import ledger
import provider
import sink

EVENT = "0190a1b2-0000-7000-8000-000000000001"
ACKNOWLEDGED = ledger.Acknowledgement("evt-1", "d" * 64, 202, EVENT)
DELIVERED = sink.Delivery("evt-1", EVENT, EVENT, 1, "b" * 64, "d" * 64, 200, 1, 1, 1, 0.0)


def again(**changes) -> sink.Delivery:
    return dataclasses.replace(DELIVERED, **changes)


def problems(acknowledgements, deliveries, failed=frozenset()) -> str:
    return "\n".join(checker.check(acknowledgements, deliveries, set(failed)).problems)


def test_checker_accepts_a_delivery_and_a_visible_failure():
    other = dataclasses.replace(ACKNOWLEDGED, external_id="evt-2", event_id="other")
    report = checker.check([ACKNOWLEDGED, other], [DELIVERED], {"evt-2"})
    report.assert_good(0)
    assert (report.acknowledged, report.delivered, report.failed_visible, report.duplicates) == (2, 1, 1, 0)


def test_checker_accepts_retries_after_refused_deliveries():
    assert problems([ACKNOWLEDGED], [again(status=500), again(attempt=2)]) == ""


def test_checker_catches_a_lost_event():
    assert "neither delivered nor failed" in problems([ACKNOWLEDGED], [])


def test_checker_does_not_take_a_refused_delivery_for_a_delivery():
    assert "neither delivered nor failed" in problems([ACKNOWLEDGED], [again(status=500)])


def test_checker_catches_a_duplicate_without_a_fault():
    assert "without a fault" in problems([ACKNOWLEDGED], [DELIVERED, again(attempt=2)])


def test_checker_counts_a_duplicate_for_the_fault_before_it():
    report = checker.check([ACKNOWLEDGED], [DELIVERED, again(attempt=2, life=3)], set())
    assert report.duplicates_by_life == {1: 1}
    report.assert_good(1)


def test_checker_catches_too_many_duplicates_for_one_fault():
    report = checker.check([ACKNOWLEDGED], [DELIVERED, again(attempt=2, life=2)], set())
    with pytest.raises(AssertionError, match="more than 0"):
        report.assert_good(0)


def test_checker_catches_a_repeated_attempt_number():
    assert "attempt numbers" in problems([ACKNOWLEDGED], [DELIVERED, again(life=2)])


def test_checker_catches_altered_data():
    assert "other data" in problems([ACKNOWLEDGED], [again(data_sha256="e" * 64)])


def test_checker_catches_attempts_that_differ_in_content():
    assert "differ in content" in problems([ACKNOWLEDGED], [DELIVERED, again(attempt=2, life=2, body_sha256="e" * 64)])


def test_checker_catches_a_second_identity():
    assert "acknowledged as event" in problems([ACKNOWLEDGED], [again(event_id="other")])
    assert "acknowledged as event" in problems([ACKNOWLEDGED, dataclasses.replace(ACKNOWLEDGED, event_id="other", status=200)], [DELIVERED])


def test_checker_catches_an_event_that_is_accepted_as_new_twice():
    assert "as new twice" in problems([ACKNOWLEDGED, ACKNOWLEDGED], [DELIVERED])


def test_provider_retries_until_acknowledged_and_keeps_the_ledger(workplace):
    # A gateway that answers 503, then breaks the connection, then 202, then 200.
    listener = socket.create_server(("127.0.0.1", 0))
    answers = [b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n", b""]
    good = b'{"data":{"eventId":"%s"}}' % EVENT.encode()

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:  # the end of the test
                return
            with connection:
                while request := connection.recv(65536):
                    while b"}" not in request:
                        request += connection.recv(65536)
                    answer = answers.pop(0) if answers else b"HTTP/1.1 202 Ok\r\ncontent-length: %d\r\n\r\n%s" % (len(good), good)
                    if not answer:
                        break
                    connection.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    with listener, ledger.Ledger(workplace / "ledger") as book:
        load = provider.Provider(listener.getsockname()[1], book, random.Random(1), rate_per_s=50, connections=1, duplicates=0)
        load.start()
        while len(book.acknowledged) < 3:
            load._thread.join(0.01)
        load.finish()
        assert set(load.sent) == book.acknowledged
        listener.shutdown(socket.SHUT_RDWR)
    assert load.answers[503] == 1 and load.broken == 1
    entries = ledger.read(workplace / "ledger")
    assert {entry.external_id for entry in entries} == set(load.sent)
    assert all(entry.data_sha256 == load.sent[entry.external_id] for entry in entries)


def test_sink_tells_the_lives_of_a_sender_apart_and_hashes_the_exact_data():
    hook = acme.webhook("evt-7", random.Random(7))
    data = hook.body[hook.body.index(b'"data":') + 7:-1]
    body = b'{"externalEventId":"evt-7","data": ' + data + b',"provider":"acme"}'
    head = (f"POST /callback HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nx-event-id: {EVENT}\r\nwebhook-id: {EVENT}\r\n"
            "webhook-attempt: 1\r\n\r\n").encode()
    with sink.Sink(lambda request: sink.Reply(delay_s=0.05)) as application:
        # The first process dies before it has read the answer, with a request half sent on another connection.
        first = socket.create_connection(("127.0.0.1", application.port))
        half = socket.create_connection(("127.0.0.1", application.port))
        first.sendall(head + body)
        half.sendall(head + body[:10])
        first.close()
        half.close()
        application.begin_next_life()
        with socket.create_connection(("127.0.0.1", application.port)) as second:
            second.sendall(head + body)
            assert second.recv(100).startswith(b"HTTP/1.1 200")
        deliveries = application.snapshot()
    assert [delivery.life for delivery in deliveries] == [1, 2]
    assert deliveries[0].data_sha256 == hook.data_sha256
    assert not application.problems


def insert(connection, table, **values) -> None:
    """A row with these values; 0 or '' in every other column that must have one."""
    for _, name, type_, not_null, default, key in connection.execute(f"PRAGMA table_info({table})").fetchall():
        if not_null and default is None and not key:
            values.setdefault(name, 0 if type_ == "INTEGER" else "")
    columns = ", ".join(f'"{name}"' for name in values)
    connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * len(values))})", list(values.values()))


EVENT_ROW = {"id": 4098, "rest": 2, "webhook": 4097, "integration": 1, "external_id": b"evt-1", "dedupe": 77}
ATTEMPT_ROW = {"id": 4099, "event": 4098, "attempt_no": 1, "outcome": 1}


@pytest.fixture
def stored(workplace):
    """A database with one delivered event, as the gateway would have left it."""
    path = workplace / "hookgate.db"
    connection = sqlite3.connect(path)
    for migration in sorted((hookgate_process.REPOSITORY / "migrations/sqlite").glob("*.sql")):
        connection.executescript(migration.read_text())
    insert(connection, "webhook", id=4097, integration=1, event_count=1)
    insert(connection, "dedupe", key=77, event=4098)
    insert(connection, "event", **EVENT_ROW)
    insert(connection, "attempt", **ATTEMPT_ROW)
    for name, integration in (("events", 1), ("webhooks", 1), ("attempts_delivered", 0)):
        insert(connection, "counter", name=name, integration=integration, value=1)
    connection.commit()
    yield path, connection
    connection.close()


def test_invariants_hold_for_a_delivered_event(stored):
    path, _ = stored
    assert database.problems(path) == []
    [event_id] = database.event_ids(path, "evt-1")
    assert event_id == "00000000-0001-7002-0000-000000000002"
    assert database.attempts(path, event_id) == [database.Attempt(1, True, "")]


@pytest.mark.parametrize("table, row, problem", [
    ("work", {"event": 99}, "work without an event"),
    ("work", {"event": 4098, "state": 1, "attempts": 1}, "unfinished work"),
    ("work", {"event": 4098, "state": 2, "attempts": 1}, "did not end it"),
    ("work", {"event": 4098, "state": 2, "attempts": 7}, "counts its attempts wrongly"),
    ("webhook", {"id": 5000, "event_count": 1}, "webhook without all its events"),
    ("event", EVENT_ROW | {"id": 4200}, "external id stored twice"),
    ("event", EVENT_ROW | {"id": 4200, "external_id": b"other"}, "event without its idempotency key"),
    ("dedupe", {"key": 78, "event": 98}, "idempotency key without its event"),
    ("attempt", {"id": 4100, "event": 98, "attempt_no": 1}, "attempt without an event"),
    ("attempt", ATTEMPT_ROW | {"id": 4100, "attempt_no": 2, "outcome": 2}, "last attempt did not succeed"),
    ("attempt", ATTEMPT_ROW | {"id": 4100, "attempt_no": 3}, "gaps or repeats"),
    ("attempt", ATTEMPT_ROW | {"id": 4100, "attempt_no": 2}, "two successes"),
    ("event", EVENT_ROW | {"id": 4200, "external_id": b"other"}, "totals of events"),
    ("webhook", {"id": 5000, "integration": 1}, "totals of webhooks"),
    ("attempt", ATTEMPT_ROW | {"id": 4100, "attempt_no": 2}, "totals of attempts"),
])
def test_invariants_catch(stored, table, row, problem):
    path, connection = stored
    insert(connection, table, **row)
    connection.commit()
    assert problem in "\n".join(database.problems(path))
