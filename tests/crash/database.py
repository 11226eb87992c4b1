"""What must be true of the database of a stopped gateway, read with Python's own SQLite (migrations/sqlite has the tables)."""

import contextlib
import dataclasses
import pathlib
import shutil
import sqlite3
import tempfile
import uuid

import databases
import postgresql_invariants

# Each query finds rows that must not exist. A row is shown as the problem's details.
INVARIANTS = {
    "work without an event": "SELECT event FROM work WHERE event NOT IN (SELECT id FROM event)",
    "attempt without an event": "SELECT id FROM attempt WHERE event NOT IN (SELECT id FROM event)",
    "event without its webhook": "SELECT id FROM event WHERE webhook NOT IN (SELECT id FROM webhook)",
    "webhook without all its events":
        "SELECT w.id, w.event_count, count(e.id) FROM webhook w LEFT JOIN event e ON e.webhook = w.id GROUP BY w.id "
        "HAVING count(e.id) <> w.event_count",
    "event without its idempotency key":
        "SELECT e.id FROM event e LEFT JOIN dedupe d ON d.key = e.dedupe WHERE d.event IS NOT e.id",
    "idempotency key without its event": "SELECT event FROM dedupe WHERE event NOT IN (SELECT id FROM event)",
    "external id stored twice": "SELECT integration, external_id, count(*) FROM event GROUP BY 1, 2 HAVING count(*) > 1",
    "processed event whose last attempt did not succeed":
        "SELECT e.id, a.attempt_no, a.outcome FROM event e LEFT JOIN attempt a ON a.event = e.id "
        "AND a.attempt_no = (SELECT max(attempt_no) FROM attempt WHERE event = e.id) "
        "WHERE e.id NOT IN (SELECT event FROM work) AND a.outcome IS NOT 1",
    "failed event whose last attempt did not end it":
        "SELECT w.event, a.attempt_no, a.outcome FROM work w LEFT JOIN attempt a ON a.event = w.event "
        "AND a.attempt_no = (SELECT max(attempt_no) FROM attempt WHERE event = w.event) WHERE w.state = 2 AND a.outcome IS NOT 3",
    "attempt numbers with gaps or repeats":
        "SELECT event, min(attempt_no), max(attempt_no), count(*), count(DISTINCT attempt_no) FROM attempt GROUP BY event "
        "HAVING min(attempt_no) <> 1 OR max(attempt_no) <> count(*) OR count(DISTINCT attempt_no) <> count(*)",
    "work that counts its attempts wrongly":
        "SELECT event, attempts FROM work w WHERE attempts <> (SELECT count(*) FROM attempt a WHERE a.event = w.event)",
    "event with two successes in one generation":
        "SELECT event, generation FROM attempt WHERE outcome = 1 GROUP BY 1, 2 HAVING count(*) > 1",
    "unfinished work": "SELECT event, state FROM work WHERE state < 2",
    "totals of events that are wrong": "SELECT integration, value FROM counter c WHERE name = 'events' "
        "AND value <> (SELECT count(*) FROM event e WHERE e.integration = c.integration)",
    "totals of webhooks that are wrong": "SELECT integration, value FROM counter c WHERE name = 'webhooks' "
        "AND value <> (SELECT count(*) FROM webhook w WHERE w.integration = c.integration)",
    "totals of attempts that are wrong":
        "SELECT s, (SELECT count(*) FROM attempt) FROM (SELECT sum(value) AS s FROM counter WHERE name LIKE 'attempts\\_%' ESCAPE '\\') "
        "WHERE s <> (SELECT count(*) FROM attempt)",
}


def problems(path: pathlib.Path | databases.PostgresqlDatabase) -> list[str]:
    if isinstance(path, databases.PostgresqlDatabase):
        return postgresql_invariants.problems(path)
    found = []
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA query_only = ON")
        integrity = [row[0] for row in connection.execute("PRAGMA integrity_check")]
        if integrity != ["ok"]:
            found.append(f"database: integrity_check says {integrity[:5]}")
        for name, query in INVARIANTS.items():
            rows = connection.execute(query).fetchall()
            if rows:
                found.append(f"database: {name}: {len(rows)} rows, first {rows[:5]}")
    return found


@dataclasses.dataclass(frozen=True)
class Attempt:
    number: int
    succeeded: bool
    error: str


@contextlib.contextmanager
def _copy(path: pathlib.Path):
    # Opening the files of a killed gateway would recover them, and that is its own business.
    with tempfile.TemporaryDirectory(prefix="hookgate-crash-") as directory:
        for suffix in ("", "-wal"):
            source = path.with_name(path.name + suffix)
            if source.exists():
                shutil.copy(source, pathlib.Path(directory) / f"copy{suffix}")
        with contextlib.closing(sqlite3.connect(pathlib.Path(directory) / "copy")) as connection:
            yield connection


def _uuid(id_: int, rest: int) -> str:
    high = (id_ >> 12) << 16 | 0x7000 | (id_ & 0x0FFF)
    return str(uuid.UUID(int=high << 64 | rest & 0xFFFF_FFFF_FFFF_FFFF))


def event_ids(path: pathlib.Path, external_id: str) -> list[str]:
    """Of the events stored under the provider's id; the gateway may be dead or alive."""
    with _copy(path) as connection:
        rows = connection.execute("SELECT id, rest FROM event WHERE external_id = ?", (external_id.encode(),))
        return [_uuid(*row) for row in rows]


def attempts(path: pathlib.Path, event_id: str) -> list[Attempt]:
    high = uuid.UUID(event_id).int >> 64
    with _copy(path) as connection:
        rows = connection.execute("SELECT attempt_no, outcome, error FROM attempt WHERE event = ? ORDER BY attempt_no",
                                  ((high >> 16) << 12 | high & 0x0FFF,))
        return [Attempt(number, outcome == 1, error) for number, outcome, error in rows]
