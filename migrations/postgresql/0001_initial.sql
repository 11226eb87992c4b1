-- Ids are UUIDs of version 7: their order is the order of receipt, and they name their own day. webhook, event,
-- attempt and audit are append-only and partitioned by the day (UTC) of the id that is their key; what no day's
-- partition covers is in NAME_default. Times are Unix milliseconds. What an outsider wrote is bytea: text would refuse
-- or change it, and one refused row would fail all that share its transaction. No foreign keys: each would cost a look-up
-- and a lock for every row; what refers to what follows from the order in which rows are written and dropped.

-- One row: what is known of the installation as a whole.
CREATE TABLE installation (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    -- Of the HMAC that makes dedupe keys: nobody outside can aim at one.
    dedupe_key bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
    integrations_version bigint NOT NULL DEFAULT 1, -- +1 whenever an integration changed
    retention_cutoff uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000', -- rows below it may be deleted
    dedupe_swept_day integer NOT NULL DEFAULT 0, -- keys of events of earlier days were looked through
    one boolean PRIMARY KEY DEFAULT true CHECK (one)
);
INSERT INTO installation DEFAULT VALUES;

CREATE TABLE integration (
    no integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    provider text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    callback_url text NOT NULL, -- a reference as JSON, never a resolved value
    secrets text NOT NULL,      -- references as JSON, never values
    settings text NOT NULL,
    active boolean NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    UNIQUE (provider, name)
);
CREATE UNIQUE INDEX integration_active ON integration (provider) WHERE active;

CREATE TABLE webhook (
    id uuid PRIMARY KEY, -- made before the ids of its events
    received_at bigint NOT NULL,
    integration integer NOT NULL, -- integration.no
    event_count integer NOT NULL, -- events stored with it
    correlation_id bytea NOT NULL,
    source_ip bytea NOT NULL,
    key_id bytea NOT NULL,
    headers bytea NOT NULL, -- "name: value\r\n" lines
    body bytea NOT NULL     -- exact bytes
) PARTITION BY RANGE (id);

CREATE TABLE event (
    id uuid PRIMARY KEY,
    webhook uuid NOT NULL, -- of the same day as the event, or of the day before
    occurred_at bigint NOT NULL,
    integration integer NOT NULL, -- integration.no
    part boolean NOT NULL,        -- its webhook brought several events
    type bytea NOT NULL,
    subject bytea NOT NULL,
    external_id bytea NOT NULL,
    ordering_key bytea NOT NULL,
    idempotency_key bytea, -- NULL: provider:external_id
    payload bytea NOT NULL -- JSON text
) PARTITION BY RANGE (id);
CREATE INDEX event_occurred ON event (occurred_at, id);
CREATE INDEX event_part ON event (webhook) WHERE part;

-- The judge of duplicates. key is 16 bytes of HMAC-SHA256(installation.dedupe_key, idempotency key), body 8 bytes of the
-- body's SHA-256. A key whose event is gone is free: ingest takes it again, retention sweeps it away.
CREATE TABLE dedupe (
    key uuid PRIMARY KEY,
    event uuid NOT NULL,
    body bigint NOT NULL
);

-- Unfinished work only: no row means processed. The status of an event: state 2 failed; 1 processing; 0 retrying where
-- sends > 0 OR unknown > 0, else pending.
CREATE TABLE work (
    event uuid PRIMARY KEY,
    due_at bigint NOT NULL,       -- when it may be sent, or when its lease ends, or when it failed
    claim bigint NOT NULL,        -- new at each claim and lease
    started_at bigint NOT NULL,   -- of this generation
    integration integer NOT NULL, -- integration.no
    generation integer NOT NULL,  -- 0, +1 each replay
    attempts integer NOT NULL,    -- recorded, all generations
    sends integer NOT NULL,       -- recorded in this generation, without unknown outcomes
    forgiven integer NOT NULL,    -- of the sends: not counted against the retry budget any more
    unknown smallint NOT NULL,    -- unknown outcomes in a row
    state smallint NOT NULL,      -- 0 due, 1 leased, 2 failed
    replay_next boolean NOT NULL, -- a replay waits for the flight to end
    watched boolean NOT NULL      -- a replay request waits for the end of this generation
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
        autovacuum_vacuum_cost_delay = 0, autovacuum_vacuum_insert_scale_factor = 0.2,
        autovacuum_analyze_scale_factor = 0.1, autovacuum_analyze_threshold = 20000);
CREATE INDEX work_due ON work (integration, due_at) WHERE state < 2;

-- One send. In the partition of its event, so that they go together; in order of id it is the list of all sends.
CREATE TABLE attempt (
    id uuid NOT NULL,    -- made when it was recorded
    event uuid NOT NULL,
    integration integer NOT NULL, -- integration.no
    attempt_no integer NOT NULL,
    generation integer NOT NULL,
    http_status integer NOT NULL, -- 0: no answer
    duration_ms integer NOT NULL,
    outcome smallint NOT NULL,    -- 1 delivered, 2 retry, 3 failed
    error bytea NOT NULL,
    response bytea NOT NULL,
    PRIMARY KEY (event, attempt_no)
) PARTITION BY RANGE (event);
CREATE INDEX attempt_id ON attempt (id);
-- Costs nothing while all goes well, and finds the few that did not among millions.
CREATE INDEX attempt_unsuccessful ON attempt (id, outcome) WHERE outcome > 1;

CREATE TABLE replay_request (
    id uuid PRIMARY KEY,
    event uuid NOT NULL,
    dispatched_at bigint NOT NULL, -- 0: not yet
    finished_at bigint NOT NULL,   -- 0: not yet
    generation integer NOT NULL,   -- which it started or joined
    requested_by bytea NOT NULL,
    reason bytea NOT NULL,
    key_name bytea NOT NULL
);
CREATE INDEX replay_request_event ON replay_request (event, generation);

-- What operators and strangers did. What follows from webhook, event and attempt rows is not stored again.
CREATE TABLE audit (
    id uuid PRIMARY KEY,
    created_at bigint NOT NULL,
    entity_type text COLLATE "C" NOT NULL,
    action text COLLATE "C" NOT NULL,
    entity_id bytea NOT NULL,
    actor bytea NOT NULL,
    details bytea NOT NULL -- JSON text
) PARTITION BY RANGE (id);
CREATE INDEX audit_entity ON audit (entity_id, id);
CREATE INDEX audit_action ON audit (action, id);
CREATE INDEX audit_entity_type ON audit (entity_type, id);

-- Totals that would be long to count, kept in the same transactions: sum them over days and slots. A slot is whoever
-- writes (its backend, modulo 64), so that writers do not wait for each other's commits. Unfinished work is not in here:
-- its rows are few enough to count.
CREATE TABLE counter (
    webhooks bigint NOT NULL DEFAULT 0,  -- of webhooks of that day
    events bigint NOT NULL DEFAULT 0,    -- of events of that day
    delivered bigint NOT NULL DEFAULT 0, -- attempts on events of that day with outcome 1
    retried bigint NOT NULL DEFAULT 0,   -- with outcome 2
    failed bigint NOT NULL DEFAULT 0,    -- with outcome 3
    audit bigint NOT NULL DEFAULT 0,     -- audit entries of that day; integration 0
    day integer NOT NULL,                -- since 1970-01-01, UTC
    integration integer NOT NULL,
    slot smallint NOT NULL,
    PRIMARY KEY (day, integration, slot)
) WITH (fillfactor = 25, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
        autovacuum_vacuum_cost_delay = 0);

CREATE TABLE webhook_default PARTITION OF webhook DEFAULT;
CREATE TABLE event_default PARTITION OF event DEFAULT;
CREATE TABLE attempt_default PARTITION OF attempt DEFAULT;
CREATE TABLE audit_default PARTITION OF audit DEFAULT;

-- The database's clock, in Unix milliseconds.
CREATE FUNCTION now_ms() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;

-- No id that was made at `ms` or later is below it.
CREATE FUNCTION first_id_at(ms bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (lpad(to_hex(ms), 12, '0') || repeat('0', 20))::uuid $$;

CREATE FUNCTION first_id_of(day integer) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT first_id_at(day::bigint * 86400000) $$;

CREATE FUNCTION partition_of(parent text, day integer) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT parent || '_' || to_char('1970-01-01'::date + day, 'YYYYMMDD') $$;

-- Makes the partitions of a day. A table whose default partition has rows of that day already stays as it is.
CREATE FUNCTION prepare_day(day integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    parent text;
    name text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('hookgate partitions'));
    FOREACH parent IN ARRAY ARRAY['webhook', 'event', 'attempt', 'audit'] LOOP
        name := partition_of(parent, day);
        CONTINUE WHEN to_regclass(quote_ident(name)) IS NOT NULL;
        BEGIN
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING STORAGE)', name, parent);
            -- Rows are only ever added: freezing them early spreads the work, and nothing else needs vacuuming.
            EXECUTE format('ALTER TABLE %I SET (autovacuum_vacuum_insert_scale_factor = 0.3, '
                           'autovacuum_analyze_scale_factor = 0.3)', name);
            EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, name,
                           first_id_of(day), first_id_of(day + 1));
        EXCEPTION WHEN check_violation THEN
            NULL;
        END;
    END LOOP;
END $$;

CREATE FUNCTION day_of(id uuid) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (('x' || replace(left(id::text, 13), '-', ''))::bit(48)::bigint / 86400000)::integer $$;

-- The days that have a partition of their own, oldest first.
CREATE FUNCTION days_of(parent text) RETURNS SETOF integer LANGUAGE sql STABLE AS $$
    SELECT to_date(right(c.relname, 8), 'YYYYMMDD') - '1970-01-01'::date
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = parent::regclass AND c.relname ~ ('^' || parent || '_[0-9]{8}$') ORDER BY 1
$$;

-- Retention, a day at a time: drops the events and attempts of a day; the unfinished ones, if they are at most
-- `unfinished_max`, move to the default partitions. Returns how many events went; -1: the day stays.
CREATE FUNCTION drop_event_day(the_day integer, unfinished_max bigint) RETURNS bigint LANGUAGE plpgsql
SET lock_timeout = '500ms' AS $$
DECLARE
    lower_id uuid := first_id_of(the_day);
    upper_id uuid := first_id_of(the_day + 1);
    events text := partition_of('event', the_day);
    attempts text := partition_of('attempt', the_day);
    gone bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('hookgate partitions'));
    IF to_regclass(quote_ident(events)) IS NULL THEN RETURN 0; END IF;
    IF (SELECT count(*) FROM work WHERE event >= lower_id AND event < upper_id) > unfinished_max THEN
        RETURN -1;
    END IF;
    -- Whoever looks at these rows is waited for; from here on nobody does.
    EXECUTE format('ALTER TABLE event DETACH PARTITION %I', events);
    IF to_regclass(quote_ident(attempts)) IS NOT NULL THEN
        EXECUTE format('ALTER TABLE attempt DETACH PARTITION %I', attempts);
        EXECUTE format('INSERT INTO attempt SELECT a.* FROM work w JOIN %I a ON a.event = w.event '
                       'WHERE w.event >= $1 AND w.event < $2', attempts) USING lower_id, upper_id;
        EXECUTE format('DROP TABLE %I', attempts);
    END IF;
    EXECUTE format('INSERT INTO event SELECT e.* FROM work w JOIN %I e ON e.id = w.event '
                   'WHERE w.event >= $1 AND w.event < $2', events) USING lower_id, upper_id;
    EXECUTE format('DROP TABLE %I', events);
    DELETE FROM replay_request r WHERE r.event >= lower_id AND r.event < upper_id
        AND NOT EXISTS (SELECT 1 FROM work w WHERE w.event = r.event);
    SELECT coalesce(sum(c.events), 0) INTO gone FROM counter c WHERE c.day = the_day;
    UPDATE counter SET events = 0, delivered = 0, retried = 0, failed = 0 WHERE day = the_day;
    INSERT INTO counter AS c (day, integration, slot, events, delivered, retried, failed)
        SELECT the_day, n.integration, 0, sum(n.events), sum(n.delivered), sum(n.retried), sum(n.failed) FROM (
            SELECT integration, 1 AS events, 0 AS delivered, 0 AS retried, 0 AS failed FROM event_default
            WHERE id >= lower_id AND id < upper_id
            UNION ALL
            SELECT integration, 0, (outcome = 1)::integer, (outcome = 2)::integer, (outcome = 3)::integer
            FROM attempt_default WHERE event >= lower_id AND event < upper_id) n
        GROUP BY n.integration
        ON CONFLICT (day, integration, slot) DO UPDATE SET events = excluded.events, delivered = excluded.delivered,
            retried = excluded.retried, failed = excluded.failed;
    RETURN greatest(gone - (SELECT coalesce(sum(c.events), 0) FROM counter c WHERE c.day = the_day), 1);
END $$;

-- The webhooks of a day, after the events of that day and of the next: an event may have been made after midnight.
CREATE FUNCTION drop_webhook_day(the_day integer) RETURNS bigint LANGUAGE plpgsql SET lock_timeout = '500ms' AS $$
DECLARE
    lower_id uuid := first_id_of(the_day);
    upper_id uuid := first_id_of(the_day + 1);
    webhooks text := partition_of('webhook', the_day);
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('hookgate partitions'));
    IF to_regclass(quote_ident(webhooks)) IS NULL THEN RETURN 0; END IF;
    EXECUTE format('ALTER TABLE webhook DETACH PARTITION %I', webhooks);
    EXECUTE format('INSERT INTO webhook SELECT h.* FROM %I h WHERE h.id IN '
                   '(SELECT webhook FROM event_default WHERE webhook >= $1 AND webhook < $2)', webhooks)
        USING lower_id, upper_id;
    EXECUTE format('DROP TABLE %I', webhooks);
    UPDATE counter SET webhooks = 0 WHERE day = the_day;
    INSERT INTO counter AS c (day, integration, slot, webhooks)
        SELECT the_day, integration, 0, count(*) FROM webhook_default
        WHERE id >= lower_id AND id < upper_id GROUP BY integration
        ON CONFLICT (day, integration, slot) DO UPDATE SET webhooks = excluded.webhooks;
    RETURN 1;
END $$;

CREATE FUNCTION drop_audit_day(the_day integer) RETURNS bigint LANGUAGE plpgsql SET lock_timeout = '500ms' AS $$
DECLARE
    entries text := partition_of('audit', the_day);
    gone bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('hookgate partitions'));
    IF to_regclass(quote_ident(entries)) IS NULL THEN RETURN 0; END IF;
    EXECUTE format('ALTER TABLE audit DETACH PARTITION %I', entries);
    EXECUTE format('DROP TABLE %I', entries);
    SELECT coalesce(sum(audit), 0) INTO gone FROM counter WHERE day = the_day;
    UPDATE counter SET audit = 0 WHERE day = the_day;
    RETURN greatest(gone, 1);
END $$;

-- Retention, row by row, of what is in the default partitions: at most `most` events that are older than the recorded
-- cutoff and finished, with all that belongs to them. Returns how many went.
CREATE FUNCTION drop_events(most integer) RETURNS bigint LANGUAGE sql AS $$
    WITH doomed AS MATERIALIZED (SELECT e.id, e.webhook FROM event_default e
        WHERE e.id < (SELECT retention_cutoff FROM installation)
        AND NOT EXISTS (SELECT 1 FROM work w WHERE w.event = e.id) ORDER BY e.id LIMIT most),
    attempts AS (DELETE FROM attempt a USING doomed d WHERE a.event = d.id RETURNING a.event, a.integration, a.outcome),
    replays AS (DELETE FROM replay_request r USING doomed d WHERE r.event = d.id),
    events AS (DELETE FROM event e USING doomed d WHERE e.id = d.id RETURNING e.id, e.integration),
    webhooks AS (DELETE FROM webhook h USING (SELECT DISTINCT webhook FROM doomed) d WHERE h.id = d.webhook
        AND NOT EXISTS (SELECT 1 FROM event o WHERE o.webhook = h.id AND o.part AND o.id NOT IN (SELECT id FROM doomed)
        OFFSET 0) RETURNING h.id, h.integration),
    counted AS (INSERT INTO counter AS c (day, integration, slot, webhooks, events, delivered, retried, failed)
        SELECT n.day, n.integration, 0, -sum(n.w), -sum(n.e), -sum(n.d), -sum(n.r), -sum(n.f) FROM (
            SELECT day_of(id) AS day, integration, 1 AS w, 0 AS e, 0 AS d, 0 AS r, 0 AS f FROM webhooks UNION ALL
            SELECT day_of(id), integration, 0, 1, 0, 0, 0 FROM events UNION ALL
            SELECT day_of(event), integration, 0, 0, (outcome = 1)::integer, (outcome = 2)::integer,
                (outcome = 3)::integer FROM attempts) n GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT (day, integration, slot) DO UPDATE SET webhooks = c.webhooks + excluded.webhooks,
            events = c.events + excluded.events, delivered = c.delivered + excluded.delivered,
            retried = c.retried + excluded.retried, failed = c.failed + excluded.failed)
    SELECT count(*) FROM doomed
$$;

CREATE FUNCTION drop_audit(most integer) RETURNS bigint LANGUAGE sql AS $$
    WITH gone AS (DELETE FROM audit WHERE id IN (SELECT id FROM audit_default
        WHERE id < (SELECT retention_cutoff FROM installation) ORDER BY id LIMIT most) RETURNING id),
    counted AS (INSERT INTO counter AS c (day, integration, slot, audit)
        SELECT day_of(id), 0, 0, -count(*) FROM gone GROUP BY 1 ORDER BY 1
        ON CONFLICT (day, integration, slot) DO UPDATE SET audit = c.audit + excluded.audit)
    SELECT count(*) FROM gone
$$;

-- Keys of events that are gone, in `blocks` pages of the table from `first` on. Returns how many went; NULL: no such page.
CREATE FUNCTION sweep_dedupe(first bigint, blocks bigint, below uuid) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    gone bigint;
BEGIN
    IF first * current_setting('block_size')::bigint >= pg_relation_size('dedupe') THEN RETURN NULL; END IF;
    EXECUTE format('DELETE FROM dedupe d WHERE d.ctid >= %L::tid AND d.ctid < %L::tid AND d.event < $1 '
                   'AND NOT EXISTS (SELECT 1 FROM event e WHERE e.id = d.event OFFSET 0)',
                   format('(%s,0)', first), format('(%s,0)', first + blocks)) USING below;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;

-- The trail is append-only: no UPDATE, and DELETE only by retention, for rows older than its recorded cutoff.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF TG_ARGV[0] = 'event' THEN
            IF OLD.event < (SELECT retention_cutoff FROM installation) THEN RETURN OLD; END IF;
        ELSIF OLD.id < (SELECT retention_cutoff FROM installation) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'object_not_in_prerequisite_state';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON webhook FOR EACH ROW EXECUTE FUNCTION refuse_change('id');
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION refuse_change('id');
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON attempt FOR EACH ROW EXECUTE FUNCTION refuse_change('event');
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change('id');
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON webhook FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON attempt FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
