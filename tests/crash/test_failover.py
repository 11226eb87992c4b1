"""The PostgreSQL that is written to is lost for good, and its synchronous standby takes its place."""

import time

import ledger
import provider
import sink
import verdict
from databases import PostgresqlDatabase
from hookgate_process import Gateway
from test_servers import PostgresqlServer

RECOVERY_MAX_S = 5.0
DUPLICATES_MAX = 64 + 512


def follow(primary: PostgresqlServer) -> PostgresqlServer:
    """A running standby, without which the primary acknowledges no commit any more."""
    standby = PostgresqlServer(standby_of=primary)
    standby.start()
    primary.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
    primary.sql("SELECT pg_reload_conf()")
    deadline = time.monotonic() + 20
    while primary.sql("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") != "1":
        assert time.monotonic() < deadline, "the standby does not follow"
        time.sleep(0.02)
    return standby


def promote(standby: PostgresqlServer) -> None:
    standby.sql("ALTER SYSTEM RESET synchronous_standby_names")
    standby.sql("SELECT pg_reload_conf()")


def test_a_standby_is_promoted_under_load(workplace, redis, rng, pulse, length, figure):
    rounds = length(1, 5)
    servers = [PostgresqlServer()]
    servers[0].start()
    back_s = []
    try:
        database = PostgresqlDatabase(servers[0].url(), redis.url())
        with sink.Sink() as application, ledger.Ledger(workplace / "ledger") as book:
            gateway = Gateway(workplace, application.url, database=database, settings={"DELIVERY_TIMEOUT_MS": "1000"}).seed()
            load = None
            for _ in range(rounds):
                servers.append(follow(servers[-1]))
                old, new = servers[-2], servers[-1]
                if gateway.running:
                    gateway.terminate()
                database.url = (f"postgresql://hookgate:test@127.0.0.1:{old.port},127.0.0.1:{new.port}/{database.name}"
                                "?target_session_attrs=read-write")
                gateway.environment["DATABASE_URL"] = database.url
                gateway.start()
                if load is None:
                    load = provider.Provider(gateway.port, book, rng, 150, clock=pulse.now).start()
                known = len(application.delivered)
                assert application.wait_for(lambda: len(application.delivered) >= known + 50, 30)
                old.kill_hard()
                application.begin_life_of_same_process()
                time.sleep(rng.uniform(0.0, 1.0))
                new.sql("SELECT pg_promote()")
                promote(new)
                began, known = pulse.now(), len(book.acknowledged)
                while len(book.acknowledged) == known:
                    assert pulse.now() - began < RECOVERY_MAX_S, f"nothing is accepted again\n{gateway.log_tail()}"
                    time.sleep(0.01)
                back_s.append(pulse.now() - began)
            load.finish()
            report = verdict.settle(gateway, application, workplace / "ledger", DUPLICATES_MAX)
            gateway.close()
    finally:
        for server in servers:
            server.__exit__()
    figure(f"{rounds} promotions: {report}; answers {load.answers}, service back within {max(back_s):.2f} s of the promotion")
    assert report.failed_visible == 0
