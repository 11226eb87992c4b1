"""Under load, Redis dies or turns into something else: webhooks are taken as before, and it is used again once it is back."""

import contextlib
import socket
import threading
import time

import ledger
import pytest
import provider
import sink
import verdict

ANSWER_MAX_S = 1.5
RECOVERY_MAX_S = 2.0


@pytest.fixture
def run(workplace, new_node, rng, pulse, figure):
    """A gateway under load: yields it, then holds it to having answered all of it in time."""
    with sink.Sink() as application, ledger.Ledger(workplace / "ledger") as book:
        gateway = new_node(application.url, WEBHOOK_RATE_LIMIT_PER_MINUTE="1000000").start()
        load = provider.Provider(gateway.port, book, rng, 200, clock=pulse.now).start()
        assert application.wait_for(lambda: len(application.delivered) >= 20, 20)
        yield gateway
        load.finish()
        report = verdict.settle(gateway, application, workplace / "ledger", 0)
        figure(f"{report}; answers {load.answers}, slowest {load.slowest_s:.2f} s")
        assert load.broken == 0 and set(load.answers) <= {200, 202}, load.answers
        assert load.slowest_s < ANSWER_MAX_S, f"an answer took {load.slowest_s:.2f} s"


def coordination(gateway) -> str:
    answer = gateway.get("/api/v1/health")
    assert answer.status == 200, answer.body
    return answer.json()["data"]["checks"]["coordination"]["status"]


def await_coordination(gateway, wanted: str, pulse, timeout_s: float) -> None:
    began = pulse.now()
    while coordination(gateway) != wanted:
        assert pulse.now() - began < timeout_s, f"coordination is not {wanted} after {timeout_s} s"
        time.sleep(0.02)


def test_it_dies_and_comes_back(run, redis, pulse, length):
    for _ in range(length(2, 10)):
        redis.kill()
        await_coordination(run, "degraded", pulse, 5)
        redis.start()
        await_coordination(run, "ok", pulse, RECOVERY_MAX_S)


class Babbler:
    """Answers every request with bytes that mean nothing. Use as a context manager."""

    def __init__(self, port: int, rng):
        self._rng = rng
        self._listener = socket.create_server(("127.0.0.1", port), reuse_port=False)
        self._stopping = False

    def __enter__(self) -> "Babbler":
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stopping = True
        self._listener.close()
        self._thread.join(5)

    def _run(self) -> None:
        self._listener.settimeout(0.1)
        while not self._stopping:
            with contextlib.suppress(OSError):
                connection, _ = self._listener.accept()
                with connection:
                    connection.settimeout(0.2)
                    connection.recv(4096)
                    kind = self._rng.randrange(3)
                    connection.sendall([b"$99999999999\r\n", b"*-7\r\n:abc\r\n", self._rng.randbytes(2000)][kind])


def test_something_else_answers_in_its_place(run, redis, pulse, rng):
    redis.kill()
    with Babbler(redis.port, rng):
        await_coordination(run, "degraded", pulse, 5)
        time.sleep(2.0)
        assert coordination(run) == "degraded"
    redis.start()
    await_coordination(run, "ok", pulse, RECOVERY_MAX_S + 1)
