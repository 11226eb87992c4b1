-- Rows with an id of their own are keyed by the first 60 bits of their UUIDv7 (time and counter, unique and
-- rising); `rest` is its last 8 bytes. Receipt order is key order, and no UUID needs an index.
-- Times are Unix milliseconds. What an outsider wrote is a BLOB.

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value
) WITHOUT ROWID;

CREATE TABLE integration (
    no INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    provider TEXT NOT NULL,
    name TEXT NOT NULL,
    callback_url TEXT NOT NULL, -- a reference as JSON, never a resolved value
    secrets TEXT NOT NULL,      -- references as JSON, never values
    settings TEXT NOT NULL,
    active INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (provider, name)
);
CREATE UNIQUE INDEX integration_active ON integration (provider) WHERE active = 1;

CREATE TABLE webhook (
    id INTEGER PRIMARY KEY,
    rest INTEGER NOT NULL,
    integration INTEGER NOT NULL,
    event_count INTEGER NOT NULL, -- events stored with it
    correlation_id TEXT NOT NULL,
    source_ip TEXT NOT NULL,
    key_id TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    headers BLOB NOT NULL,
    body BLOB NOT NULL
);

CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    rest INTEGER NOT NULL,
    webhook INTEGER NOT NULL,
    integration INTEGER NOT NULL,
    occurred_at INTEGER NOT NULL,
    type BLOB NOT NULL,
    subject BLOB NOT NULL,
    external_id BLOB NOT NULL,
    ordering_key BLOB NOT NULL,
    idempotency_key BLOB, -- NULL: provider:external_id
    dedupe INTEGER NOT NULL, -- its key there
    part INTEGER NOT NULL DEFAULT 0, -- 1: its webhook brought several events
    payload BLOB NOT NULL
);
CREATE INDEX event_occurred ON event (occurred_at);
CREATE INDEX event_part ON event (webhook) WHERE part = 1;

-- The judge of duplicates. key and check are 8 bytes each of HMAC-SHA256(meta.dedupe_key, idempotency key); a
-- key that is taken by another check moves to the next free one. body is 8 bytes of the body's SHA-256.
CREATE TABLE dedupe (
    key INTEGER PRIMARY KEY,
    "check" INTEGER NOT NULL,
    event INTEGER NOT NULL,
    body INTEGER NOT NULL
);

-- Unfinished work only: no row means processed.
CREATE TABLE work (
    event INTEGER PRIMARY KEY,
    integration INTEGER NOT NULL,
    due_at INTEGER NOT NULL,     -- when it may be sent, or when its lease ends
    state INTEGER NOT NULL,      -- 0 due, 1 leased, 2 failed
    generation INTEGER NOT NULL, -- 0, +1 each replay
    claim INTEGER NOT NULL,      -- new at each claim and lease
    attempts INTEGER NOT NULL,   -- recorded, all generations
    sends INTEGER NOT NULL,      -- recorded in this generation, without unknown outcomes
    forgiven INTEGER NOT NULL DEFAULT 0, -- of the sends: not counted against the retry budget any more
    unknown INTEGER NOT NULL,    -- unknown outcomes in a row
    replay_next INTEGER NOT NULL, -- 1: a replay waits for the flight to end
    started_at INTEGER NOT NULL  -- of this generation
);
CREATE INDEX work_due ON work (integration, due_at) WHERE state < 2;

CREATE TABLE attempt (
    id INTEGER PRIMARY KEY,
    rest INTEGER NOT NULL,
    event INTEGER NOT NULL,
    integration INTEGER NOT NULL,
    attempt_no INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    outcome INTEGER NOT NULL, -- 1 delivered, 2 retry, 3 failed
    http_status INTEGER NOT NULL, -- 0: no answer
    duration_ms INTEGER NOT NULL,
    error TEXT NOT NULL,
    response BLOB NOT NULL
);
CREATE INDEX attempt_event ON attempt (event, attempt_no);
-- Costs nothing while all goes well, and finds the few that did not among millions.
CREATE INDEX attempt_unsuccessful ON attempt (id, outcome) WHERE outcome > 1;

CREATE TABLE replay_request (
    id INTEGER PRIMARY KEY,
    rest INTEGER NOT NULL,
    event INTEGER NOT NULL,
    generation INTEGER NOT NULL, -- which it started or joined
    requested_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    key_name TEXT NOT NULL,
    dispatched_at INTEGER NOT NULL, -- 0: not yet
    finished_at INTEGER NOT NULL    -- 0: not yet
);
CREATE INDEX replay_request_event ON replay_request (event, generation);

-- What operators and strangers did. What follows from webhook, event and attempt rows is not stored again.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    rest INTEGER NOT NULL,
    entity_type TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    action TEXT NOT NULL,
    actor TEXT NOT NULL,
    details TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE INDEX audit_entity ON audit (entity_id);
CREATE INDEX audit_action ON audit (action);
CREATE INDEX audit_entity_type ON audit (entity_type);

-- Totals that would be long to count, kept in the same transactions. By integration: webhooks, events, and of these
-- pending, processing, retrying, failed. Of all (integration 0): attempts_delivered, attempts_retry,
-- attempts_failed, audit.
CREATE TABLE counter (
    name TEXT NOT NULL,
    integration INTEGER NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (name, integration)
) WITHOUT ROWID;

-- The trail is append-only: no UPDATE, and DELETE only by retention, for rows older than its recorded cutoff.
INSERT INTO meta (name, value) VALUES ('retention_cutoff', 0), ('integrations_version', 1);
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
WHEN OLD.id >> 12 >= (SELECT value FROM meta WHERE name = 'retention_cutoff')
BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER webhook_no_update BEFORE UPDATE ON webhook BEGIN SELECT RAISE(ABORT, 'webhook is append-only'); END;
CREATE TRIGGER webhook_no_delete BEFORE DELETE ON webhook
WHEN OLD.id >> 12 >= (SELECT value FROM meta WHERE name = 'retention_cutoff')
BEGIN SELECT RAISE(ABORT, 'webhook is append-only'); END;
CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'event is append-only'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event
WHEN OLD.id >> 12 >= (SELECT value FROM meta WHERE name = 'retention_cutoff')
BEGIN SELECT RAISE(ABORT, 'event is append-only'); END;
CREATE TRIGGER attempt_no_update BEFORE UPDATE ON attempt BEGIN SELECT RAISE(ABORT, 'attempt is append-only'); END;
CREATE TRIGGER attempt_no_delete BEFORE DELETE ON attempt
WHEN OLD.event >> 12 >= (SELECT value FROM meta WHERE name = 'retention_cutoff')
BEGIN SELECT RAISE(ABORT, 'attempt is append-only'); END;
