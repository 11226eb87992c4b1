"""A TCP proxy that cuts connections where it hurts: between a request and its reply, or in the middle of a request."""

import asyncio
import contextlib
import threading


class Proxy:
    """Between gateways and the PostgreSQL at `port`, on a thread of its own. Use as a context manager."""

    def __init__(self, port: int):
        self.port = 0
        self.severed = 0
        self._target = port
        self._countdown = 0  # pieces until the next cut; 0: none
        self._before_reply = False
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)

    def __enter__(self) -> "Proxy":
        self._thread.start()
        assert self._listening.wait(10)
        return self

    def __exit__(self, *_) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def sever(self, after_pieces: int, before_reply: bool) -> None:
        """Cuts the connection on which the so-maniest piece of data passes: a reply that the server has sent and the
        gateway does not get, or else a request that the server does not get."""
        with self._lock:
            self._countdown, self._before_reply = after_pieces, before_reply

    def spare(self) -> None:
        with self._lock:
            self._countdown = 0

    def _falls(self, is_reply: bool) -> bool:
        with self._lock:
            if self._countdown == 0 or is_reply != self._before_reply:
                return False
            self._countdown -= 1
            self.severed += self._countdown == 0
            return self._countdown == 0

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._target)
            ways = [asyncio.create_task(self._pass(reader, server_writer, False)),
                    asyncio.create_task(self._pass(server_reader, writer, True))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            server_writer.close()
        writer.close()

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, is_reply: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(1 << 16):
                if self._falls(is_reply):
                    return
                target.write(data)
                await target.drain()
