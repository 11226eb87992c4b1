"""Several gateways on one PostgreSQL and one Redis are one gateway."""

import random
import signal
import subprocess
import time

import front
import ledger
import provider
import sink
import verdict

DELIVERY_TIMEOUT_S = 1.0
LEASE_S = DELIVERY_TIMEOUT_S + 15.0
NODE = {"DELIVERY_TIMEOUT_MS": str(int(DELIVERY_TIMEOUT_S * 1000)), "SHUTDOWN_TIMEOUT_MS": "4000"}
# Sends in flight (DELIVERY_CONCURRENCY) and results that wait for their commit.
DUPLICATES_MAX_PER_KILL = 64 + 512


def uneven(rng):
    delays = random.Random(rng.random())
    return lambda request: sink.Reply(delay_s=delays.uniform(0.0, 0.05))


def await_answered(application, external_ids, timeout_s):
    """Until the application's 2xx for each of these is on its way. Seconds it took."""
    began = time.monotonic()
    while not external_ids <= application.answered:
        assert time.monotonic() - began < timeout_s, \
            f"{len(external_ids - application.answered)} events are not delivered after {timeout_s} s"
        time.sleep(0.02)
    return time.monotonic() - began


def test_the_orphans_of_a_killed_node_are_delivered_within_the_lease(workplace, new_node, rng, length, figure):
    kills = length(3, 20)
    book_path = workplace / "ledger"
    with sink.Sink(uneven(rng)) as application, ledger.Ledger(book_path) as book:
        nodes = [new_node(application.url, **NODE).start() for _ in range(2)]
        load = provider.Provider([node.port for node in nodes], book, rng, 300).start()
        for _ in range(kills):
            time.sleep(rng.uniform(0.3, 1.5))
            victim = rng.choice(nodes)
            victim.kill()
            application.begin_life_of_same_process()
            victim.start()
        load.finish()
        delivered_after_s = await_answered(application, book.acknowledged, LEASE_S + 3)
        report = verdict.settle(nodes[0], application, book_path, DUPLICATES_MAX_PER_KILL, other_nodes=(nodes[1],))
    figure(f"{kills} kills of one of two nodes: {report}; the last orphan {delivered_after_s:.1f} s after the load, lease {LEASE_S} s")
    assert report.failed_visible == 0
    assert report.acknowledged > 300


def test_rolling_restarts_behind_nginx_fail_no_request_and_deliver_nothing_twice(workplace, new_node, rng, length, figure):
    rounds = length(2, 10)
    book_path = workplace / "ledger"
    with sink.Sink(uneven(rng)) as application, ledger.Ledger(book_path) as book:
        nodes = [new_node(application.url, **NODE, TRUSTED_PROXIES="127.0.0.0/8").start() for _ in range(2)]
        with front.Nginx(workplace, [node.port for node in nodes]) as nginx:
            load = provider.Provider(nginx.port, book, rng, 200).start()
            for _ in range(rounds):
                for node in nodes:
                    time.sleep(rng.uniform(0.3, 1.0))
                    exit_code = node.terminate()
                    assert exit_code == 0, f"exit code {exit_code}\n{node.log_tail()}"
                    node.start()
            load.finish()
        report = verdict.settle(nodes[0], application, book_path, 0, other_nodes=(nodes[1],))
    figure(f"{2 * rounds} restarts behind nginx: {report}, answers {load.answers}, {load.broken} broken, slowest {load.slowest_s:.2f} s")
    assert load.broken == 0, f"{load.broken} connections broke"
    assert set(load.answers) <= {200, 202}, f"not every request was taken: {load.answers}"


def test_ingest_and_delivery_scale_apart(workplace, new_node, rng, pulse, figure):
    book_path = workplace / "ledger"
    with sink.Sink() as application, ledger.Ledger(book_path) as book:
        ingests, delivers = new_node(application.url, **NODE), new_node(application.url, **NODE)
        ingests.start(role="ingest")
        delivers.start(role="delivery")
        assert delivers.request("POST", "/api/v1/webhooks/acme").status == 404, "a node that delivers takes webhooks"
        load = provider.Provider(ingests.port, book, rng, 200).start()
        time.sleep(2.0)
        load.finish()
        took_s = await_answered(application, book.acknowledged, 5)
        report = verdict.settle(delivers, application, book_path, 0, other_nodes=(ingests,))
    figure(f"{report}, the last one {took_s:.2f} s after the load")
    assert report.acknowledged > 100


def test_an_idle_node_asks_the_database_at_most_twice_a_second(new_node, postgresql, figure):
    seconds, node = 10, new_node("http://127.0.0.1:9/").start()
    for setting in ("log_min_duration_statement = 0", "log_line_prefix = '%d '"):
        postgresql.sql(f"ALTER SYSTEM SET {setting}")
    postgresql.sql("SELECT pg_reload_conf()")

    def asked() -> int:
        return sum(line.startswith(node.database.name) and (" execute " in line or " statement: " in line)
                   for line in postgresql.log.read_text(errors="replace").splitlines())

    try:
        time.sleep(3)
        before = asked()
        time.sleep(seconds)
        during = asked() - before
    finally:
        postgresql.sql("ALTER SYSTEM RESET ALL")
        postgresql.sql("SELECT pg_reload_conf()")
    figure(f"{during / seconds:.1f} statements a second")
    assert 0 < during <= 2 * seconds, f"{during} statements in {seconds} s"


def test_a_node_frozen_beyond_its_lease_overwrites_nothing_when_it_thaws(workplace, new_node, rng, figure):
    concurrency = 8
    book_path = workplace / "ledger"
    with sink.Sink(lambda request: sink.Reply(delay_s=0.1)) as application, ledger.Ledger(book_path) as book:
        settings = {**NODE, "DELIVERY_CONCURRENCY": str(concurrency)}
        frozen, other = (new_node(application.url, **settings).start() for _ in range(2))
        load = provider.Provider(frozen.port, book, rng, 150, duplicates=0).start()
        assert application.wait_for(lambda: len(application.delivered) >= 50, 15)
        load.finish()
        frozen.process.send_signal(signal.SIGSTOP)
        time.sleep(0.5)  # what it had sent has been read by now
        application.begin_life_of_same_process()
        await_answered(application, book.acknowledged, LEASE_S + 30)
        frozen.process.send_signal(signal.SIGCONT)
        after = provider.Provider([frozen.port, other.port], book, rng, 50, duplicates=0, prefix="after").start()
        assert application.wait_for(lambda: any(name.startswith("after") for name in application.delivered), 30)
        after.finish()
        report = verdict.settle(other, application, book_path, concurrency + 64, other_nodes=(frozen,))
    figure(f"frozen beyond the lease: {report}")
    assert report.failed_visible == 0


def test_of_several_nodes_that_migrate_one_does_and_the_others_wait(workplace, new_node, postgresql, redis):
    from databases import PostgresqlDatabase
    from hookgate_process import Gateway

    database = PostgresqlDatabase(postgresql.url(), redis.url())
    directories = [workplace / f"migrating-{number}" for number in range(4)]
    for directory in directories:
        directory.mkdir()
    nodes = [Gateway(directory, "http://127.0.0.1:9/", database=database) for directory in directories]
    refused = nodes[0].command("serve")
    assert refused.returncode == 78 and "hookgate migrate" in refused.stdout + refused.stderr, refused
    running = [subprocess.Popen([str(node.binary), "migrate"], env=node.environment, stdout=subprocess.PIPE, text=True) for node in nodes]
    said = [process.communicate(timeout=60)[0] for process in running]
    assert [process.returncode for process in running] == [0] * len(nodes), said
    assert sum("applied" in text for text in said) == 1, said
    database.drop()
