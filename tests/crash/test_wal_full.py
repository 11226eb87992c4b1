"""The volume of PostgreSQL's WAL is full: the server gives up, and its supervisor starts it again once there is space."""

import contextlib
import subprocess
import time

import ledger
import provider
import sink
import verdict
from databases import PostgresqlDatabase
from hookgate_process import Gateway
from test_full_disk import fill, make_space
from test_servers import PostgresqlServer

RECOVERY_MAX_S = 2.0


def test_webhooks_are_refused_until_the_server_runs_again(workplace, redis, rng, pulse, figure):
    workplace.chmod(0o711)  # the server runs as somebody else
    disk = workplace / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m,mode=1777", "tmpfs", str(disk)], check=True)
    server = PostgresqlServer(["max_wal_size=32MB", "min_wal_size=32MB"], parent=disk)
    try:
        server.start()
        database = PostgresqlDatabase(server.url(), redis.url())
        with sink.Sink() as application, ledger.Ledger(workplace / "ledger") as book:
            gateway = Gateway(workplace, application.url, database=database, settings={"DELIVERY_TIMEOUT_MS": "1000"}).seed().start()
            load = provider.Provider(gateway.port, book, rng, 150, filler_bytes=4000, clock=pulse.now).start()
            assert application.wait_for(lambda: len(application.delivered) >= 50, 20)
            fill(disk)
            deadline = time.monotonic() + 60
            while 503 not in load.answers:
                assert time.monotonic() < deadline, "a full volume is not noticed"
                time.sleep(0.02)
            time.sleep(2.0)
            assert gateway.running
            make_space(disk)
            with contextlib.suppress(Exception):  # it may have ended by itself
                server.kill_hard()
            server.start()
            application.begin_life_of_same_process()
            began, known = pulse.now(), len(book.acknowledged)
            while len(book.acknowledged) == known:
                assert pulse.now() - began < RECOVERY_MAX_S, f"nothing is accepted again\n{gateway.log_tail()}"
                time.sleep(0.005)
            back_s = pulse.now() - began
            load.finish()
            report = verdict.settle(gateway, application, workplace / "ledger", 64 + 512)
            gateway.close()
        figure(f"{report}; answers {load.answers}, slowest {load.slowest_s:.2f} s, service back within {back_s:.2f} s")
    finally:
        server.__exit__()
        subprocess.run(["umount", "-l", str(disk)], check=True)
