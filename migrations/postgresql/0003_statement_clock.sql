-- The database's clock, in Unix milliseconds, as it was when the statement came: stable, so that the planner puts the
-- expression in place of the call. A function that has to be called is parsed and planned at every run of a statement.
CREATE OR REPLACE FUNCTION now_ms() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT (extract(epoch FROM statement_timestamp()) * 1000)::bigint $$;
