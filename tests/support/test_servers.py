#!/usr/bin/env python3
"""Private PostgreSQL and Redis servers for tests: on free ports of 127.0.0.1, as an unprivileged user, in a
directory of their own.

    test_servers.py start DIRECTORY     starts them and writes DIRECTORY/environment; does nothing when they run
    test_servers.py stop DIRECTORY      stops them and forgets their data
    test_servers.py run COMMAND...      runs a command with servers of its own
    test_servers.py bench COMMAND...    the same with servers that write to disk what they commit
    test_servers.py control             runs a PostgreSQL server, prints its URL, then does what it reads from
                                        standard input: start, kill, freeze or thaw a line, and answers "done"

The command, and the tests that ctest runs (fixture test_servers), find them through HOOKGATE_TEST_POSTGRESQL_URL, a
superuser's, and HOOKGATE_TEST_REDIS_URL. For tests their data does not outlive the machine: fsync is off. As a module:
`with PostgresqlServer() as server: ... server.url("database")`, and RedisServer likewise.
"""

import contextlib
import os
import pathlib
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

START_TIMEOUT_S = 30.0
PASSWORD = "test"
SETTINGS = ["fsync=off", "full_page_writes=off", "max_connections=200", "shared_buffers=64MB", "log_min_messages=warning",
            "autovacuum_naptime=5s", "wal_level=replica", "listen_addresses=127.0.0.1"]
# What a small server of one's own would have.
DURABLE = ["fsync=on", "full_page_writes=on", "shared_buffers=512MB", "max_wal_size=4GB", "checkpoint_timeout=15min",
           "wal_compression=lz4"]


def free_port() -> int:
    """A free port below the range from which the kernel picks ports for outgoing connections."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def binaries() -> pathlib.Path:
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        raise SystemExit("PostgreSQL is not installed: scripts/install-dependencies test")
    return found[-1].parent


def unprivileged() -> pwd.struct_passwd | None:
    """Who the servers run as; None: as ourselves. PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise SystemExit("neither the user postgres nor nobody exists")


def as_user() -> dict:
    user = unprivileged()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def new_directory(kind: str, parent: pathlib.Path | None = None) -> pathlib.Path:
    directory = pathlib.Path(tempfile.mkdtemp(prefix=f"hookgate-{kind}-", dir=parent))
    user = unprivileged()
    if user:
        os.chown(directory, user.pw_uid, user.pw_gid)
    return directory


def wait_until(ready, process: subprocess.Popen, log: pathlib.Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"a test server did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.02)


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Server:
    """One server process and its directory; `port` stays the same through restarts."""

    # Ends it at once. A job in a shell's background is born ignoring SIGQUIT, and so is what it starts.
    at_once = signal.SIGKILL

    def __init__(self, kind: str, parent: pathlib.Path | None = None):
        self.directory = new_directory(kind, parent)
        self.port = free_port()
        self.log = self.directory / "log"
        self.process: subprocess.Popen | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def is_ready(self) -> bool:
        raise NotImplementedError

    def start(self) -> None:
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, start_new_session=True, **as_user())
        try:
            wait_until(self.is_ready, self.process, self.log)
        except BaseException:
            self.process.kill()
            raise

    def stop(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        self.thaw()
        self.process.send_signal(how)
        self.process.wait()
        self.process = None

    def kill(self) -> None:
        """Ends at once, with all that it forked."""
        for pid in self.processes()[1:]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.stop(signal.SIGKILL)

    def processes(self) -> list[int]:
        """The server and all that it forked."""
        children: dict[int, list[int]] = {}
        for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError, ValueError):
                fields = entry.read_text().rpartition(")")[2].split()
                children.setdefault(int(fields[1]), []).append(int(entry.parent.name))
        found, todo = [], [self.process.pid] if self.process else []
        while todo:
            pid = todo.pop()
            found.append(pid)
            todo += children.get(pid, [])
        return found

    def freeze(self) -> None:
        """Stands still, while the kernel still acknowledges what is sent to it."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop(self.at_once)
        shutil.rmtree(self.directory, ignore_errors=True)


class PostgresqlServer(Server):
    """`standby_of`: a copy of that one, which follows it until it is promoted. `parent`: the directory for its data."""

    at_once = signal.SIGQUIT  # it has a handler; killed, it would leave its shared memory behind

    def __init__(self, settings: list[str] | None = None, standby_of: "PostgresqlServer | None" = None,
                 parent: pathlib.Path | None = None):
        super().__init__("postgresql", parent)
        self.settings = SETTINGS + (settings or [])
        if standby_of is None:
            self._make_cluster()
        else:
            self._copy_cluster(standby_of)

    def _copy_cluster(self, primary: "PostgresqlServer") -> None:
        made = subprocess.run([binaries() / "pg_basebackup", "-D", self.directory / "data", "-R", "-X", "stream", "-c", "fast", "--no-sync",
                               "-d", primary.url()], stdin=subprocess.DEVNULL, capture_output=True, cwd=self.directory, **as_user())
        if made.returncode != 0:
            raise SystemExit(made.stderr.decode(errors="replace"))

    def _make_cluster(self) -> None:
        password = self.directory / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        made = subprocess.run([binaries() / "initdb", "-D", self.directory / "data", "-U", "hookgate", "-A", "scram-sha-256",
                               f"--pwfile={password}", "-E", "UTF8", "--locale=C", "--no-sync"],
                              stdin=subprocess.DEVNULL, capture_output=True, cwd=self.directory, **as_user())
        if made.returncode != 0:
            raise SystemExit(made.stderr.decode(errors="replace"))

    def command(self) -> list[str]:
        options = [option for setting in self.settings for option in ("-c", setting)]
        return [binaries() / "postgres", "-D", self.directory / "data", "-p", str(self.port), "-k", self.directory, *options]

    def is_ready(self) -> bool:
        # "ready" is the last line of postmaster.pid once connections are accepted.
        with contextlib.suppress(OSError):
            return (self.directory / "data/postmaster.pid").read_text().split()[-1:] == ["ready"]
        return False

    def kill_hard(self) -> None:
        """kill -9 of the server and of all that it forked, as when its machine loses power."""
        pids = self.processes()
        self.process.kill()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.process = None
        while any(map(is_alive, pids)):
            time.sleep(0.005)
        (self.directory / "data/postmaster.pid").unlink(missing_ok=True)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://hookgate:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Runs psql; raises CalledProcessError. Rows as lines, columns separated by |."""
        return subprocess.run([binaries() / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", self.url(database), "-c", statement],
                              check=True, capture_output=True, text=True).stdout.strip()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: a fast, clean end. SIGQUIT: at once, with recovery at the next start."""
        super().stop(how)


class RedisServer(Server):
    def __init__(self, settings: list[str] | None = None):
        super().__init__("redis")
        self.settings = settings or []

    def command(self) -> list[str]:
        return ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--dir", self.directory, "--save", "",
                "--appendonly", "no", *self.settings]

    def is_ready(self) -> bool:
        return accepts(self.port)

    def url(self, database: int = 0) -> str:
        return f"redis://127.0.0.1:{self.port}/{database}"

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        super().stop(how)


def environment(postgresql: PostgresqlServer, redis: RedisServer) -> dict[str, str]:
    return {"HOOKGATE_TEST_POSTGRESQL_URL": postgresql.url(), "HOOKGATE_TEST_REDIS_URL": redis.url()}


def is_alive(pid: int) -> bool:
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"  # ended, and nobody has asked yet how


def start(state: pathlib.Path) -> None:
    state.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(OSError):
        pids = [int(line.split()[0]) for line in (state / "processes").read_text().splitlines()]
        if all(map(is_alive, pids)):
            return
        stop(state)
    servers = PostgresqlServer(), RedisServer()
    for server in servers:
        server.start()
    lines = [f"{server.process.pid} {server.directory}\n" for server in servers]
    (state / "processes").write_text("".join(lines))
    values = environment(*servers)
    (state / "environment").write_text("".join(f"{name}={value}\n" for name, value in values.items()))


def stop(state: pathlib.Path) -> None:
    with contextlib.suppress(OSError):
        for line in (state / "processes").read_text().splitlines():
            pid, directory = line.split(maxsplit=1)
            kind = PostgresqlServer if "-postgresql-" in directory else RedisServer
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), kind.at_once)
            deadline = time.monotonic() + START_TIMEOUT_S
            while is_alive(int(pid)) and time.monotonic() < deadline:
                time.sleep(0.02)
            shutil.rmtree(directory, ignore_errors=True)
    for name in ("environment", "processes"):
        (state / name).unlink(missing_ok=True)


def run(command: list[str], settings: list[str]) -> int:
    with PostgresqlServer(settings) as postgresql, RedisServer() as redis:
        return subprocess.run(command, env={**os.environ, **environment(postgresql, redis)}).returncode


def control() -> int:
    with PostgresqlServer() as server:
        actions = {"start": server.start, "kill": server.kill, "freeze": server.freeze, "thaw": server.thaw}
        print(server.url(), flush=True)
        for line in sys.stdin:
            actions[line.strip()]()
            print("done", flush=True)
    return 0


def main(arguments: list[str]) -> int:
    match arguments:
        case ["start", directory]:
            start(pathlib.Path(directory))
        case ["stop", directory]:
            stop(pathlib.Path(directory))
        case ["run", *command] if command:
            return run(command, [])
        case ["bench", *command] if command:
            return run(command, DURABLE)
        case ["control"]:
            return control()
        case _:
            print(__doc__, file=sys.stderr)
            return 64
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
