"""What must be true of a PostgreSQL database at rest (migrations/postgresql has the tables)."""

import databases

# Each query finds rows that must not exist. A row is shown as the problem's details.
INVARIANTS = {
    "work without an event": "SELECT event FROM work WHERE event NOT IN (SELECT id FROM event)",
    "attempt without an event": "SELECT id FROM attempt WHERE event NOT IN (SELECT id FROM event)",
    "event without its webhook": "SELECT id FROM event WHERE webhook NOT IN (SELECT id FROM webhook)",
    "webhook without all its events":
        "SELECT w.id, w.event_count, count(e.id) FROM webhook w LEFT JOIN event e ON e.webhook = w.id GROUP BY 1, 2 "
        "HAVING count(e.id) <> w.event_count",
    "event without its idempotency key": "SELECT id FROM event WHERE id NOT IN (SELECT event FROM dedupe)",
    "idempotency key without its event": "SELECT event FROM dedupe WHERE event NOT IN (SELECT id FROM event)",
    "external id stored twice":
        "SELECT integration, encode(external_id, 'escape'), count(*) FROM event GROUP BY 1, 2 HAVING count(*) > 1",
    "processed event whose last attempt did not succeed":
        "SELECT e.id, a.attempt_no, a.outcome FROM event e LEFT JOIN attempt a ON a.event = e.id "
        "AND a.attempt_no = (SELECT max(attempt_no) FROM attempt WHERE event = e.id) "
        "WHERE e.id NOT IN (SELECT event FROM work) AND a.outcome IS DISTINCT FROM 1",
    "failed event whose last attempt did not end it":
        "SELECT w.event, a.attempt_no, a.outcome FROM work w LEFT JOIN attempt a ON a.event = w.event "
        "AND a.attempt_no = (SELECT max(attempt_no) FROM attempt WHERE event = w.event) "
        "WHERE w.state = 2 AND a.outcome IS DISTINCT FROM 3",
    "attempt numbers with gaps or repeats":
        "SELECT event, min(attempt_no), max(attempt_no), count(*) FROM attempt GROUP BY event "
        "HAVING min(attempt_no) <> 1 OR max(attempt_no) <> count(*)",
    "work that counts its attempts wrongly":
        "SELECT event, attempts FROM work w WHERE attempts <> (SELECT count(*) FROM attempt a WHERE a.event = w.event)",
    "event with two successes in one generation":
        "SELECT event, generation FROM attempt WHERE outcome = 1 GROUP BY 1, 2 HAVING count(*) > 1",
    "unfinished work": "SELECT event, state FROM work WHERE state < 2",
    "totals that are wrong":
        "SELECT * FROM (SELECT sum(webhooks), sum(events), sum(delivered), sum(retried), sum(failed) FROM counter) kept "
        "EXCEPT SELECT (SELECT count(*) FROM webhook), (SELECT count(*) FROM event), count(*) FILTER (WHERE outcome = 1), "
        "count(*) FILTER (WHERE outcome = 2), count(*) FILTER (WHERE outcome = 3) FROM attempt",
}


def problems(database: databases.PostgresqlDatabase) -> list[str]:
    found = []
    for name, query in INVARIANTS.items():
        rows = database.rows(query)
        if rows:
            found.append(f"database: {name}: {len(rows)} rows, first {rows[:5]}")
    return found
