"""The real gateway binary as a process of a test: its environment, start, death, log and database.

A test names the build to run with HOOKGATE_BUILD_DIR (ctest does it). Everything listens on 127.0.0.1.
"""

import dataclasses
import http.client
import json
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import time

import databases

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
MANAGEMENT_KEY = "management-key-of-the-tests"
ACME_SECRET = b"secret-of-acme-in-tests"
START_TIMEOUT_S = 30.0


def build_directory() -> pathlib.Path:
    chosen = os.environ.get("HOOKGATE_BUILD_DIR")
    return pathlib.Path(chosen) if chosen else REPOSITORY / "build/dev"


def free_port() -> int:
    """A free port below the range from which the kernel picks ports for outgoing connections.

    A port from that range could be taken while the gateway is down, even by a client that connects to
    itself.
    """
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes

    def json(self):
        return json.loads(self.body)


def request(port: int, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None,
            timeout_s: float = 10.0) -> Answer:
    """One request on a connection of its own. Raises OSError or HTTPException when no answer came."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request(method, path, body=body, headers={"connection": "close", **(headers or {})})
        reply = connection.getresponse()
        return Answer(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())
    finally:
        connection.close()


class Gateway:
    """One node: its directory with the logs, its database, and the process that serves it, if any."""

    def __init__(self, directory: pathlib.Path, callback_url: str,
                 database: pathlib.Path | databases.PostgresqlDatabase | None = None,
                 settings: dict[str, str] | None = None):
        self.directory = directory
        self._owns_database = database is None
        self.database = database or databases.new_database(directory)
        self.port = free_port()
        self.log_path = directory / "gateway.log"
        self.process: subprocess.Popen | None = None
        self.listening_at = 0.0  # time.monotonic() of the last start
        build = build_directory()
        self.binary = build / "bin/hookgate"
        self.environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "APP_ENV": "test",
            "APP_PORT": str(self.port),
            **databases.settings(self.database),
            "PLUGINS_DIR": str(build / "plugins"),
            "INTEGRATIONS_FILE": str(self._integrations_file()),
            "MANAGEMENT_API_KEY": MANAGEMENT_KEY,
            "ACME_WEBHOOK_SECRET": ACME_SECRET.decode(),
            "ACME_CALLBACK_URL": callback_url,
            "WEBHOOK_RATE_LIMIT_PER_MINUTE": "0",
            "RETRY_BASE_DELAY_MS": "50",
            "RETRY_MAX_DELAY_MS": "400",
            "LOG_FORMAT": "json",
            **{name: value for name, value in os.environ.items() if re.fullmatch(r"(A|T|UB|L)SAN_OPTIONS", name)},
            **(settings or {}),
        }

    def _integrations_file(self) -> pathlib.Path:
        path = self.directory / "integrations.json"
        path.write_text(json.dumps([{
            "provider": "acme", "name": "acme", "callbackUrl": {"env": "ACME_CALLBACK_URL"},
            "secrets": [{"env": "ACME_WEBHOOK_SECRET"}]}]))
        return path

    def command(self, *arguments: str, timeout_s: float = START_TIMEOUT_S) -> subprocess.CompletedProcess:
        return subprocess.run([str(self.binary), *arguments], env=self.environment, capture_output=True, text=True,
                              timeout=timeout_s)

    def migrate(self) -> "Gateway":
        result = self.command("migrate")
        assert result.returncode == 0, f"hookgate migrate ended with {result.returncode}: {result.stdout}{result.stderr}"
        return self

    def seed(self) -> "Gateway":
        if isinstance(self.database, databases.PostgresqlDatabase):
            self.migrate()
        result = self.command("seed")
        assert result.returncode == 0, f"hookgate seed ended with {result.returncode}: {result.stdout}{result.stderr}"
        return self

    def spawn(self, *, role: str = "all", extra: dict[str, str] | None = None, wrapper: list[str] | None = None, stdout=None, stderr=None) -> None:
        """Starts `serve` and returns at once. wrapper: a command in front of it that execs it, such as prlimit."""
        assert self.process is None or self.process.poll() is not None, "the gateway runs already"
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen([*(wrapper or []), str(self.binary), "serve", "--role", role], stdin=subprocess.DEVNULL,
                                            stdout=stdout or log, stderr=stderr or log,
                                            env={**self.environment, **(extra or {})})

    def await_listening(self, timeout_s: float = START_TIMEOUT_S) -> None:
        deadline = time.monotonic() + timeout_s
        while True:
            exit_code = self.process.poll()
            assert exit_code is None, f"the gateway ended with {exit_code} before it listened\n{self.log_tail()}"
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < deadline, f"the gateway does not listen\n{self.log_tail()}"
                time.sleep(0.002)
        self.listening_at = time.monotonic()

    def start(self, **options) -> "Gateway":
        self.spawn(**options)
        self.await_listening()
        return self

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def terminate(self, timeout_s: float = 30.0) -> int:
        """SIGTERM; the exit code. A gateway that does not end in time is killed and fails the test."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the gateway did not end within {timeout_s} s of SIGTERM\n{self.log_tail()}") from None

    def close(self) -> None:
        """Whatever state the process is in, it is gone afterwards."""
        if self.running:
            self.process.send_signal(signal.SIGCONT)
            self.kill()
        if self._owns_database and isinstance(self.database, databases.PostgresqlDatabase):
            self.database.drop()

    def log_tail(self, lines: int = 40) -> str:
        if not self.log_path.exists():
            return "(no log)"
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def request(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
        return request(self.port, method, path, body, headers)

    def get(self, path: str, timeout_s: float = 10.0) -> Answer:
        return request(self.port, "GET", path, headers={"x-internal-api-key": MANAGEMENT_KEY}, timeout_s=timeout_s)

    def count_events(self, status: str) -> int:
        answer = self.get(f"/api/v1/events?status={status}&pageSize=1")
        assert answer.status == 200, f"GET /events?status={status} answered {answer.status} {answer.body!r}"
        return answer.json()["meta"]["total"]

    def unfinished_events(self) -> int:
        return sum(self.count_events(status) for status in ("pending", "processing", "retrying"))

    def await_drained(self, timeout_s: float = 60.0) -> None:
        deadline = time.monotonic() + timeout_s
        while unfinished := self.unfinished_events():
            assert time.monotonic() < deadline, f"{unfinished} events are unfinished after {timeout_s} s\n{self.log_tail()}"
            time.sleep(0.05)

    def failed_external_ids(self) -> set[str]:
        """The events an operator sees as failed, by the provider's id."""
        found: set[str] = set()
        page = 1
        while True:
            answer = self.get(f"/api/v1/events?status=failed&pageSize=100&page={page}")
            assert answer.status == 200, f"GET /events?status=failed answered {answer.status} {answer.body!r}"
            items = answer.json()["data"]
            found.update(item["externalEventId"] for item in items)
            if len(items) < 100:
                return found
            page += 1
