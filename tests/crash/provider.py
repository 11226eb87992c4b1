"""A provider that sends signed webhooks at a fixed rate, whatever the gateway does, and never gives one up."""

import asyncio
import json
import random
import threading
import time
from collections.abc import Callable

import acme
import ledger

RETRY_PAUSE_S = 0.02
ANSWER_TIMEOUT_S = 10.0
BACKLOG_MAX = 2000


class Provider:
    """Sends on a thread of its own from start() to finish(). Everything not answered 2xx is sent again with the same id.

    duplicates: this share of webhooks is sent twice, half of them at the same moment, half a little later.
    port: of the gateway; of several nodes, each connection takes its turn and keeps to its node.
    """

    def __init__(self, port: int | list[int], book: ledger.Ledger, rng: random.Random, rate_per_s: float, connections: int = 32,
                 duplicates: float = 0.1, filler_bytes: int = 400, prefix: str = "evt",
                 digits: int = 7, clock: Callable[[], float] = time.monotonic):
        self.sent: dict[str, str] = {}  # external id -> sha256 of data
        self.answers: dict[int, int] = {}  # how often each status came
        self.broken = 0  # connections that broke before an answer
        self.slowest_s = 0.0  # answer of any status
        self.problems: list[str] = []
        self._ports, self._book, self._rate = port if isinstance(port, list) else [port], book, rate_per_s
        self._rng = random.Random(rng.random())  # its draws must not depend on other threads'
        self._connections, self._duplicates, self._filler = connections, duplicates, filler_bytes
        self._prefix, self._digits, self._clock = prefix, digits, clock
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="provider", daemon=True)

    def start(self) -> "Provider":
        self._thread.start()
        return self

    def finish(self, patience_s: float = 30.0) -> None:
        """No new webhooks; returns when each one sent is acknowledged. Fails when none is for so long."""
        self._stopping.set()
        while self._thread.is_alive():
            known = len(self._book.acknowledged)
            self._thread.join(patience_s)
            stalled = self._thread.is_alive() and len(self._book.acknowledged) == known
            assert not stalled, f"no webhook was acknowledged for {patience_s} s; answers so far: {self.answers}"
        assert not self.problems, self.problems[:5]

    async def _run(self) -> None:
        self._queue: asyncio.Queue = asyncio.Queue()
        workers = [asyncio.create_task(self._work(self._ports[number % len(self._ports)])) for number in range(self._connections)]
        later: list[asyncio.Task] = []
        started = time.monotonic()
        number = 0
        while not self._stopping.is_set():
            await asyncio.sleep(max(0.0, started + number / self._rate - time.monotonic()))
            if self._queue.qsize() > BACKLOG_MAX:  # a machine that cannot keep up gets less load, not a longer test
                await asyncio.sleep(0.1)
                started += 0.1
                continue
            hook = acme.webhook(f"{self._prefix}-{number:0{self._digits}d}", self._rng, self._filler)
            number += 1
            self.sent[hook.external_id] = hook.data_sha256
            self._queue.put_nowait(hook)
            draw = self._rng.random()
            if draw < self._duplicates / 2:
                self._queue.put_nowait(hook)
            elif draw < self._duplicates:
                later.append(asyncio.create_task(self._put_later(hook, self._rng.uniform(0.05, 2.0))))
        await asyncio.gather(*later)
        await self._queue.join()
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    async def _put_later(self, hook: acme.Webhook, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        self._queue.put_nowait(hook)

    async def _work(self, port: int) -> None:
        connection = None
        while True:
            hook = await self._queue.get()
            acknowledged = False
            while not acknowledged:
                began = self._clock()
                try:
                    if connection is None:
                        connection = await asyncio.open_connection("127.0.0.1", port)
                    status, body, keep = await asyncio.wait_for(self._exchange(connection, hook, port), ANSWER_TIMEOUT_S)
                except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError) as trouble:
                    if isinstance(trouble, asyncio.TimeoutError):
                        self.problems.append(f"{hook.external_id}: no answer within {ANSWER_TIMEOUT_S} s")
                    self.broken += 1
                    connection = self._closed(connection)
                    await asyncio.sleep(RETRY_PAUSE_S)
                    continue
                self.slowest_s = max(self.slowest_s, self._clock() - began)
                if not keep:
                    connection = self._closed(connection)
                acknowledged = await self._judge(hook, status, body)
            self._queue.task_done()

    @staticmethod
    def _closed(connection) -> None:
        if connection is not None:
            connection[1].close()

    @staticmethod
    async def _exchange(connection, hook: acme.Webhook, port: int) -> tuple[int, bytes, bool]:
        reader, writer = connection
        writer.write(hook.head(port) + hook.body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        lines = head.split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:] if line)
        body = await reader.readexactly(int(headers["content-length"]))
        return int(lines[0].split(" ")[1]), body, headers.get("connection") != "close"

    async def _judge(self, hook: acme.Webhook, status: int, body: bytes) -> bool:
        self.answers[status] = self.answers.get(status, 0) + 1
        if status in (200, 202):
            event_id = json.loads(body)["data"]["eventId"]
            await self._book.record(ledger.Acknowledgement(hook.external_id, hook.data_sha256, status, event_id))
            return True
        if status != 503:
            self.problems.append(f"{hook.external_id}: answered {status} {body[:200]!r}")
            return True
        await asyncio.sleep(RETRY_PAUSE_S)
        return False
