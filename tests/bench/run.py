"""The benchmark: hookgate on its two backends, and ceilings of the same machine in the same run, so that the ratios mean
something.

Started by scripts/bench, which builds and installs what is needed. Everything listens on 127.0.0.1 and is stopped again.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import webhooks

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import test_servers  # noqa: E402

KEY = "bench-management-key"
PATH = "/api/v1/webhooks/acme"
CEILING = "straight to {}, batches of 64"
# As a production server would run: what it acknowledges is on the disk.
POSTGRESQL_SETTINGS = ["fsync=on", "full_page_writes=on", "synchronous_commit=on", "shared_buffers=512MB", "max_wal_size=4GB",
                       "checkpoint_timeout=15min", "wal_compression=on", "autovacuum_naptime=15s",
                       "shared_preload_libraries=pg_stat_statements"]


def say(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port: int, process: subprocess.Popen, what: str) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if process.poll() is not None:
            sys.exit(f"{what} ended with exit code {process.returncode} before it listened")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"{what} does not listen on port {port}")


def stop(process: subprocess.Popen) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def cpu_seconds(pid: int) -> float:
    """That a process, its children and those of them that ended have used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    used = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return used + sum(cpu_seconds(int(child)) for child in children)


class Nginx:
    """The ceiling of the machine's network and load generator: a constant answer. Also the callback that accepts everything."""

    def __init__(self, directory: pathlib.Path):
        self.port = free_port()
        self.directory = directory / "nginx"
        self.directory.mkdir()
        (self.directory / "nginx.conf").write_text(f"""
worker_processes 2;
pid {self.directory}/nginx.pid;
error_log {self.directory}/error.log;
user root;
daemon off;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 100000000;
    client_body_temp_path {self.directory}/body;
    server {{
        listen 127.0.0.1:{self.port};
        location / {{ default_type application/json; return 202 '{{"success":true,"data":{{"eventId":"00000000-0000-7000-8000-000000000000"}}}}'; }}
    }}
}}
""")

    def __enter__(self):
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-p", str(self.directory), "-c", str(self.directory / "nginx.conf")])
        wait_for(self.port, self.process, "nginx")
        return self

    def __exit__(self, *_):
        stop(self.process)


class Sqlite:
    """The embedded default, with in-process coordination."""

    name = "SQLite"
    store_bench = "store_bench"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def settings(self, directory: pathlib.Path) -> dict[str, str]:
        return {"DATABASE_URL": f"sqlite:{directory}/hookgate.db"}

    def scratch(self, directory: pathlib.Path) -> str:
        """What the store alone is measured on."""
        return str(directory / "store")

    def cpu_seconds(self) -> float:
        """Of servers beside the gateway."""
        return 0

    def stored_bytes(self, directory: pathlib.Path) -> int:
        return sum(file.stat().st_size for file in directory.glob("hookgate.db*"))

    def statements(self) -> list[tuple[str, int, float]]:
        return []


class Postgresql:
    """PostgreSQL and Redis, on private servers; every gateway gets a database of its own, and the server has no other: to vacuum what the
    run before left behind would be measured with the next."""

    name = "PostgreSQL"
    store_bench = "postgresql_store_bench"

    def __enter__(self):
        self._postgresql = test_servers.PostgresqlServer(POSTGRESQL_SETTINGS)
        self._redis = test_servers.RedisServer()
        self._postgresql.start()
        self._redis.start()
        self._postgresql.sql("CREATE EXTENSION pg_stat_statements")
        self._databases = 0
        return self

    def __exit__(self, *_):
        self._redis.__exit__()
        self._postgresql.__exit__()

    def _new_database(self) -> str:
        self._postgresql.sql(f"DROP DATABASE IF EXISTS bench_{self._databases}")
        self._databases += 1
        self._postgresql.sql(f"CREATE DATABASE bench_{self._databases}")
        self._postgresql.sql("CHECKPOINT")
        self._postgresql.sql("SELECT pg_stat_statements_reset()")
        return self._postgresql.url(f"bench_{self._databases}")

    def settings(self, directory: pathlib.Path) -> dict[str, str]:
        return {"DATABASE_URL": self._new_database(), "REDIS_URL": self._redis.url()}

    def scratch(self, directory: pathlib.Path) -> str:
        return self._new_database()

    def cpu_seconds(self) -> float:
        return cpu_seconds(self._postgresql.process.pid) + cpu_seconds(self._redis.process.pid)

    def stored_bytes(self, directory: pathlib.Path) -> int:
        return int(self._postgresql.sql(f"SELECT pg_database_size('bench_{self._databases}')"))

    def statements(self) -> list[tuple[str, int, float]]:
        """What the server did for the newest database: the statement's beginning, its runs, seconds in all; the longest first."""
        rows = self._postgresql.sql(
            "SELECT regexp_replace(left(query, 400), '\\s+', ' ', 'g'), calls, total_exec_time / 1000 FROM pg_stat_statements "
            f"JOIN pg_database d ON d.oid = dbid WHERE datname = 'bench_{self._databases}' ORDER BY 3 DESC LIMIT 5")
        return [(text, int(calls), float(seconds)) for text, calls, seconds in (row.rsplit("|", 2) for row in rows.splitlines())]


class Gateway:
    def __init__(self, build: pathlib.Path, directory: pathlib.Path, name: str, role: str, callback: str, backend):
        self.port = free_port()
        self.directory = directory / name
        self.directory.mkdir()
        environment = {
            "PATH": os.environ["PATH"],
            "APP_ENV": "test",
            "APP_PORT": str(self.port),
            **backend.settings(self.directory),
            "PLUGINS_DIR": str(build / "plugins"),
            "INTEGRATIONS_FILE": str(HERE / "integrations.json"),
            "MANAGEMENT_API_KEY": KEY,
            "ACME_WEBHOOK_SECRET": webhooks.SECRET.decode(),
            "ACME_CALLBACK_URL": callback,
            "WEBHOOK_RATE_LIMIT_PER_MINUTE": "0",
            "LOG_LEVEL": "warning",
            "LOG_FORMAT": "json",
        }
        self.command = [str(build / "bin/hookgate"), "serve", "--role", role]
        for command in ("migrate", "seed"):
            subprocess.run([str(build / "bin/hookgate"), command], env=environment, check=True, stdout=subprocess.DEVNULL)
        self.environment = environment

    def __enter__(self):
        self.log = (self.directory / "log").open("wb")
        self.process = subprocess.Popen(self.command, env=self.environment, stderr=self.log, stdout=self.log)
        wait_for(self.port, self.process, "hookgate")
        return self

    def __exit__(self, *_):
        stop(self.process)
        self.log.close()
        if self.process.returncode != 0:
            say(f"hookgate ended with exit code {self.process.returncode}; its log: {self.directory}/log")

    def metric(self, name: str, labels: str = "") -> float:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/api/v1/metrics", headers={"x-internal-api-key": KEY})
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read().decode()
        return sum(float(value) for value in re.findall(rf"^{name}(?:\{{[^}}]*{labels}[^}}]*\}})? (\S+)$", text, re.MULTILINE))

    def unfinished(self) -> float:
        return self.metric("hookgate_events", 'status="(?:pending|processing|retrying)"')

    def resident_mib(self) -> float:
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def peak_mib(self) -> float:
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


def wrk(port: int, connections: int, seconds: float, signatures: pathlib.Path, count: int, run: str) -> dict:
    output = subprocess.run(
        ["wrk", "-t2", f"-c{connections}", f"-d{round(seconds)}s", "--timeout", "10s", "-s", str(HERE / "signed_webhooks.lua"),
         f"http://127.0.0.1:{port}{PATH}", "--", str(signatures), str(count), "2", run],
        check=True, capture_output=True, text=True)
    line = re.search(r"^RESULT (.*)$", output.stdout, re.MULTILINE)
    if not line:
        sys.exit("wrk printed no result:\n" + output.stdout + output.stderr)
    requests, duration_us, p50_us, p99_us, status, broken, timeouts = map(int, line[1].split())
    if "exhausted" in output.stderr:
        say(f"  note: {output.stderr.splitlines()[0]}")
    if status or broken or timeouts:
        say(f"  {status} answers were not 2xx, {broken} connections broke, {timeouts} timed out")
    return {"requests": requests, "per_s": requests / (duration_us / 1e6), "p50_ms": p50_us / 1000, "p99_ms": p99_us / 1000,
            "failed": status + broken + timeouts}


class Bench:
    def __init__(self, build: pathlib.Path, directory: pathlib.Path, seconds: float, memory_events: int):
        self.build, self.directory, self.seconds, self.memory_events = build, directory, seconds, memory_events
        self.rows: list[tuple[str, str, dict]] = []  # backend or empty, what, figures
        self.runs = 0
        self.backend = None

    def gateway(self, name: str, role: str, callback: str) -> Gateway:
        return Gateway(self.build, self.directory, f"{self.backend.name}-{name}", role, callback, self.backend)

    def signatures(self, count: int) -> tuple[pathlib.Path, int, str]:
        self.runs += 1
        run = f"{self.runs:03d}"
        path = self.directory / f"signatures-{run}"
        webhooks.write_signatures(path, run, count)
        return path, count, run

    def record(self, name: str, **figures) -> None:
        self.rows.append((self.backend.name if self.backend else "", name, figures))
        say(f"  {name}: " + ", ".join(f"{key} {value:,.1f}" if isinstance(value, float) else f"{key} {value:,}"
                                      for key, value in figures.items()))

    def load(self, name: str, port: int, connections: int, per_s_max: int) -> dict:
        path, count, run = self.signatures(int(self.seconds * per_s_max))
        result = wrk(port, connections, self.seconds, path, count, run)
        path.unlink()
        self.record(name, **result)
        return result

    def network_ceiling(self, nginx: Nginx) -> None:
        say("ceiling: nginx answering the same requests with a constant")
        for connections in (32, 256):
            self.load(f"nginx constant, {connections} connections", nginx.port, connections, 150_000)

    def disk_ceiling(self) -> None:
        """What a commit cannot be faster than."""
        say("ceiling: 8 KiB written to a file that is there and synced, 2,000 times with a pause between")
        took = []
        block = b"x" * 8192
        with (self.directory / "synced").open("w+b", buffering=0) as file:
            file.write(bytes(16 << 20))
            os.fsync(file.fileno())
            for turn in range(2000):
                began = time.perf_counter()
                os.pwrite(file.fileno(), block, turn * len(block) % (16 << 20))
                os.fdatasync(file.fileno())
                took.append((time.perf_counter() - began) * 1000)
                time.sleep(0.001)
        took.sort()
        self.record("one write and fdatasync", p50_ms=took[1000], p99_ms=took[1980], max_ms=took[-1])

    def store_ceiling(self) -> None:
        say(f"ceiling: the same rows written straight to {self.backend.name} in batches of 64")
        output = subprocess.run([str(self.build / "bench-tools" / self.backend.store_bench), self.backend.scratch(self.directory), "100000"],
                                check=True, capture_output=True, text=True).stdout
        for name, per_s in re.findall(r"^(\S.*?): .*?([\d.]+)/s", output, re.MULTILINE):
            self.record(CEILING.format(self.backend.name) if "straight" in name else f"store alone, {name}", per_s=float(per_s))

    def ingest(self, callback: str) -> None:
        say("durable ingest: serve --role ingest")
        for connections in (32, 256):
            with self.gateway(f"ingest-{connections}", "ingest", callback) as gateway:
                self.load(f"durable ingest, {connections} connections", gateway.port, connections, 60_000)

    def duplicates(self, callback: str) -> None:
        say("duplicates: the webhooks of a run, sent again")
        with self.gateway("duplicates", "ingest", callback) as gateway:
            path, count, run = self.signatures(int(self.seconds * 60_000))
            new = wrk(gateway.port, 32, self.seconds, path, count, run)
            again = wrk(gateway.port, 32, max(1, self.seconds // 4), path, count, run)
            path.unlink()
            self.record("duplicates, 32 connections", **again, of_new=again["per_s"] / new["per_s"])

    def sustained(self, callback: str) -> None:
        say("ingest and delivery: from the first request to the last delivery")
        for connections in (32, 256):
            with self.gateway(f"sustained-{connections}", "all", callback) as gateway:
                path, count, run = self.signatures(int(self.seconds * 60_000))
                start = time.monotonic()
                result = wrk(gateway.port, connections, self.seconds, path, count, run)
                while gateway.unfinished() > 0 and time.monotonic() - start < self.seconds + 300:
                    time.sleep(0.2)
                took = time.monotonic() - start
                delivered = gateway.metric("hookgate_finished_results_total")
                self.record(f"ingest + delivery, {connections} connections", per_s=result["requests"] / took,
                            ingest_per_s=result["per_s"], events=result["requests"], delivered=int(delivered),
                            drained_after_s=took, p99_ms=result["p99_ms"], failed=result["failed"])
                path.unlink()

    def steady(self, callback: str) -> None:
        say("latency at a steady 1,000 a second, ingest and delivery")
        path, count, run = self.signatures(int(1000 * self.seconds) + 1)
        with self.gateway("steady", "all", callback) as gateway:
            output = subprocess.run([str(self.build / "bench-tools/steady_load"), str(gateway.port), PATH, "1000", str(self.seconds),
                                     "64", str(path), run], check=True, capture_output=True, text=True).stdout
            sent, accepted, p50, p99, worst = map(int, re.search(r"RESULT (.*)", output)[1].split())
            self.record("steady 1,000/s", sent=sent, accepted=accepted, p50_ms=p50 / 1000, p99_ms=p99 / 1000, max_ms=worst / 1000)

    def memory(self, callback: str) -> None:
        say(f"memory after {self.memory_events:,} events, ingest and delivery; cost of an event as the store grows")
        with self.gateway("memory", "all", callback) as gateway:
            path, count, run = self.signatures(self.memory_events)
            steps = [step for step in (10_000, 50_000, 100_000, 250_000, 500_000, 750_000, 1_000_000, 2_500_000, 5_000_000, 7_500_000) if step < self.memory_events]
            done, start = 0, time.monotonic()
            for target in [*steps, self.memory_events]:
                part = target - done
                began, used = time.monotonic(), self.cpu_of(gateway)
                output = subprocess.run([str(self.build / "bench-tools/steady_load"), str(gateway.port), PATH, "1000000", str(part / 1e6),
                                         "64", str(self.slice(path, done, part)), run + f"-{done}"],
                                        check=True, capture_output=True, text=True).stdout
                sent, accepted = map(int, re.search(r"RESULT (\d+) (\d+)", output).groups())
                if accepted != part or sent != part:
                    sys.exit(f"of {part:,} webhooks {sent:,} were sent and {accepted:,} accepted")
                began_waiting = time.monotonic()
                while gateway.unfinished() > 0:
                    if time.monotonic() - began_waiting > 900:
                        sys.exit(f"{gateway.unfinished():,.0f} events are not delivered after 15 minutes")
                    time.sleep(0.1)
                done = target
                self.record(f"  {done:,} events stored", per_s=part / (time.monotonic() - began),
                            cpu_us=(self.cpu_of(gateway) - used) / part * 1e6, rss_mib=gateway.resident_mib())
            self.record("memory", events=done, delivered=int(gateway.metric("hookgate_deliveries_total", 'outcome="delivered"')),
                        rss_mib=gateway.resident_mib(), peak_mib=gateway.peak_mib(), stored_bytes=self.backend.stored_bytes(gateway.directory) // done,
                        per_s=done / (time.monotonic() - start))
            for text, calls, seconds in self.backend.statements():
                say(f"  {seconds / done * 1e6:6.2f} us an event, {calls:,} runs of {seconds / calls * 1e3:.2f} ms: {text[:90]}")

    def cpu_of(self, gateway: Gateway) -> float:
        """Seconds that the gateway and its servers have used; the load and the callback are not among them."""
        return cpu_seconds(gateway.process.pid) + self.backend.cpu_seconds()

    def slice(self, path: pathlib.Path, done: int, part: int) -> pathlib.Path:
        # Each slice is a run of its own: its ids start at 0 again under another run name.
        run = path.name.split("-")[1] + f"-{done}"
        target = self.directory / "slice"
        webhooks.write_signatures(target, run, part + 1)
        return target

    def table(self) -> None:
        nginx = {connections: figures["per_s"] for connections in (32, 256) for _, name, figures in self.rows
                 if name == f"nginx constant, {connections} connections"}
        straight = {backend: figures["per_s"] for backend, name, figures in self.rows if name == CEILING.format(backend)}
        print()
        print(f"{'':12}{'':40}{'per s':>10}{'p50 ms':>9}{'p99 ms':>9}{'x nginx':>9}{'x straight':>12}")
        for backend, name, row in self.rows:
            if "per_s" not in row and "p99_ms" not in row:
                continue
            rate = row.get("per_s")
            ceiling = straight.get(backend)
            cell = lambda value, form: format(value, form) if value is not None else "-"
            print(f"{backend:12}{name:40}{cell(rate, ',.0f'):>10}{cell(row.get('p50_ms'), '.2f'):>9}{cell(row.get('p99_ms'), '.2f'):>9}"
                  f"{cell(rate / nginx[256 if '256' in name else 32] if rate else None, '.3f'):>9}"
                  f"{cell(rate / ceiling if rate and ceiling else None, '.3f'):>12}")
        for backend, name, row in self.rows:
            if "cpu_us" in row:
                print(f"{backend}: {name.strip()}, an event costs the gateway and its servers {row['cpu_us']:.0f} us of CPU")
            if name == "memory":
                print(f"{backend}: resident memory after {row['events']:,} events {row['rss_mib']:.1f} MiB (peak {row['peak_mib']:.1f} MiB), "
                      f"{row['stored_bytes']:,} bytes stored an event")
PARTS = ("ingest", "duplicates", "sustained", "steady", "memory")
BACKENDS = {"sqlite": Sqlite, "postgresql": Postgresql}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="a release build with the bench tools")
    parser.add_argument("--seconds", type=float, default=10, help="length of each load (default 10)")
    parser.add_argument("--memory-events", type=int, default=1_000_000, help="events of the memory run; 0 leaves it out")
    parser.add_argument("--only", choices=PARTS, help="one part beside the ceilings")
    parser.add_argument("--backend", choices=BACKENDS, help="one backend instead of both")
    options = parser.parse_args()
    # What was started is stopped then, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped by SIGTERM"))
    directory = options.build / "bench"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    bench = Bench(options.build, directory, options.seconds, options.memory_events)
    with Nginx(directory) as nginx:
        callback = f"http://127.0.0.1:{nginx.port}/callback"
        bench.network_ceiling(nginx)
        bench.disk_ceiling()
        parts = [options.only] if options.only else PARTS if options.memory_events else PARTS[:-1]
        for name in [options.backend] if options.backend else BACKENDS:
            with BACKENDS[name]() as bench.backend:
                bench.store_ceiling()
                for part in parts:
                    getattr(bench, part)(callback)
    bench.table()
    (options.build / "bench-results.json").write_text(json.dumps(bench.rows, indent=2))
    say(f"figures kept in {options.build}/bench-results.json")
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
