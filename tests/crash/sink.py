"""The application at the callback URL: records every delivery and answers as a test tells it to."""

import asyncio
import dataclasses
import hashlib
import json
import socket
import threading
import time
from collections.abc import Callable


@dataclasses.dataclass
class Delivery:
    external_id: str
    event_id: str
    webhook_id: str
    attempt: int
    body_sha256: str
    data_sha256: str
    status: int  # of the answer; 0: the connection was closed instead
    life: int  # number of the gateway's process that sent it
    connection: int
    nth_on_connection: int  # from 1
    at: float  # time.monotonic() when the request had been read

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300


@dataclasses.dataclass
class Reply:
    status: int = 200  # 0: close the connection without an answer
    delay_s: float = 0.0


@dataclasses.dataclass
class Request:
    external_id: str
    attempt: int
    nth_on_connection: int


def _value_sha256(body: bytes, name: str) -> str:
    text = body.decode()
    start = text.index(f'"{name}":') + len(name) + 3
    while text[start].isspace():
        start += 1
    end = json.JSONDecoder().raw_decode(text, start)[1]
    return hashlib.sha256(text[start:end].encode()).hexdigest()


class Sink:
    """An HTTP/1.1 server with keep-alive on a thread of its own. Use as a context manager."""

    def __init__(self, behaviour: Callable[[Request], Reply] = lambda _request: Reply()):
        self.behaviour = behaviour
        self.deliveries: list[Delivery] = []
        self.delivered: set[str] = set()  # external ids that get a 2xx
        self.answered: set[str] = set()  # external ids whose 2xx is on its way
        self.life = 1
        self.problems: list[str] = []
        self._changed = threading.Condition()
        self._connections = 0
        self._open = 0
        self._loop = asyncio.new_event_loop()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/callback"
        self._thread = threading.Thread(target=self._run, name="sink", daemon=True)

    def __enter__(self) -> "Sink":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def wait_for(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Looks at the condition after every delivery."""
        with self._changed:
            return self._changed.wait_for(condition, timeout_s)

    def snapshot(self) -> list[Delivery]:
        with self._changed:
            return list(self.deliveries)

    def count(self, external_id: str) -> int:
        return sum(delivery.external_id == external_id for delivery in self.snapshot())

    def begin_next_life(self, timeout_s: float = 30.0) -> None:
        """Call when the gateway's process is gone: reads what it had sent to the end, then counts on to the next life.

        Its connections were accepted in order, so all of them are known once a connection of ours is; and
        each of them ends, because its other side is gone.
        """
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout_s) as probe:
            probe.sendall(b"GET /probe HTTP/1.1\r\n\r\n")
            assert probe.recv(1024), "the sink is not running"
        assert self.wait_for(lambda: self._open == 0, timeout_s), f"{self._open} connections of a dead gateway stay open"
        self.begin_life_of_same_process()

    def begin_life_of_same_process(self) -> None:
        """Call when the process has suffered something, but not died, and nothing of it is on its way."""
        with self._changed:
            self.life += 1

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, sock=self._listener, limit=1 << 20))
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(asyncio.sleep(0))  # lets what was just accepted become a task
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._listener.close()
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with self._changed:
            self._open += 1
            self._connections += 1
            connection = self._connections
        nth = 0
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if head.startswith(b"GET"):
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                    continue
                nth += 1
                headers = {name.lower(): value for name, _, value in
                           (line.partition(": ") for line in head.decode("latin-1").split("\r\n")[1:] if line)}
                body = await reader.readexactly(int(headers["content-length"]))
                external_id = json.loads(body)["externalEventId"]
                reply = self._record(external_id, headers, body, connection, nth)
                if await self._hung_up(reader, reply.delay_s) or reply.status == 0:
                    return
                writer.write(f"HTTP/1.1 {reply.status} Answer\r\ncontent-length: 2\r\n\r\nok".encode())
                if 200 <= reply.status < 300:
                    self.answered.add(external_id)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except Exception as problem:  # a request that the harness does not understand must fail the test
            self.problems.append(f"{type(problem).__name__}: {problem}")
        finally:
            writer.close()
            with self._changed:
                self._open -= 1
                self._changed.notify_all()

    @staticmethod
    async def _hung_up(reader: asyncio.StreamReader, delay_s: float) -> bool:
        """Waits, but not for a sender that is gone. Nothing may come meanwhile: nobody pipelines to a callback."""
        if delay_s == 0:
            return False
        try:
            unexpected = await asyncio.wait_for(reader.read(1), delay_s)
        except asyncio.TimeoutError:
            return False
        assert not unexpected, "a second request before the answer to the first"
        return True

    def _record(self, external_id: str, headers: dict[str, str], body: bytes, connection: int, nth: int) -> Reply:
        now = time.monotonic()
        attempt = int(headers["webhook-attempt"])
        reply = self.behaviour(Request(external_id, attempt, nth))
        with self._changed:
            delivery = Delivery(external_id, headers["x-event-id"], headers["webhook-id"], attempt,
                                hashlib.sha256(body).hexdigest(), _value_sha256(body, "data"), reply.status, self.life, connection,
                                nth, now)
            self.deliveries.append(delivery)
            if delivery.succeeded:
                self.delivered.add(external_id)
            self._changed.notify_all()
        return reply
