"""Somebody else holds the database: another process its write lock, or a second gateway."""

import contextlib
import sqlite3
import time

import acme
import hookgate_process
import ledger
import provider
import sink
import verdict

INGEST_TIMEOUT_S = 1.0


@contextlib.contextmanager
def write_lock(path):
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


def test_a_foreign_write_lock_is_answered_with_503_in_time_and_stores_nothing_by_halves(workplace, new_gateway, rng, pulse, length, figure):
    book_path = workplace / "ledger"
    slowest_s = 0.0
    recovered_s = []
    with sink.Sink() as application, ledger.Ledger(book_path) as book:
        gateway = new_gateway(application.url, settings={"INGEST_TIMEOUT_MS": str(int(INGEST_TIMEOUT_S * 1000))}).start()
        load = provider.Provider(gateway.port, book, rng, 100).start()
        assert application.wait_for(lambda: len(application.delivered) >= 20, 10)
        for number in range(length(2, 6)):
            with write_lock(gateway.database):
                released = time.monotonic() + 3.0
                while time.monotonic() < released:
                    began = pulse.now()
                    answer = acme.send(gateway.port, acme.webhook(f"locked-{number}-{time.monotonic()}", rng))
                    slowest_s = max(slowest_s, pulse.now() - began)
                    assert answer is not None and answer.status == 503, answer
                    assert "retry-after" in answer.headers
                assert gateway.get("/api/v1/events").status == 200, "reading needs no write lock"
            began = pulse.now()
            while (answer := acme.send(gateway.port, acme.webhook(f"after-{number}-{time.monotonic()}", rng))).status != 202:
                assert pulse.now() - began < 5, f"still {answer.status} 5 s after the lock was released"
            recovered_s.append(pulse.now() - began)
        load.finish()
        report = verdict.settle(gateway, application, book_path, duplicates_max_per_fault=0)
    figure(f"slowest 503 {slowest_s:.2f} s, back within {max(recovered_s):.2f} s: {report}; answers {load.answers}")
    assert slowest_s < INGEST_TIMEOUT_S + 0.5, f"a 503 took {slowest_s:.2f} s"


def test_a_second_gateway_on_the_same_database_refuses_to_start(workplace, new_gateway, rng):
    with sink.Sink() as application:
        first = new_gateway(application.url).start()
        (workplace / "second").mkdir()
        second = hookgate_process.Gateway(workplace / "second", application.url, database=first.database)
        refused = second.command("serve", timeout_s=10)
        text = refused.stdout + refused.stderr
        assert refused.returncode not in (0, -9), text
        assert str(first.database) in text or "hookgate.db" in text, f"it does not say which database: {text}"
        assert acme.send(first.port, acme.webhook("evt-1", rng)).status == 202, "the first gateway suffered"
        assert application.wait_for(lambda: "evt-1" in application.delivered, 10)
        first.kill()
        application.begin_next_life()
        second.start()  # free again, without any clean-up
        try:
            assert acme.send(second.port, acme.webhook("evt-1", rng)).status == 200, "the second does not know the first one's events"
        finally:
            second.close()
