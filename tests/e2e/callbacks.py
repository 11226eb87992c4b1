"""A callback that does what a test tells it to and remembers everything it was sent."""

import collections
import dataclasses
import http.server
import socket
import threading
import time


@dataclasses.dataclass(frozen=True)
class Respond:
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b"ok"
    until: threading.Event | None = None  # answers only when it is set
    hang_up: bool = False  # closes the connection instead of answering


@dataclasses.dataclass(frozen=True)
class Received:
    at: float  # time.monotonic()
    method: str
    path: str
    headers: list[tuple[str, str]]  # names in lower case
    body: bytes

    def header(self, name: str) -> str:
        values = [value for key, value in self.headers if key == name]
        assert len(values) == 1, f"{name}: {values}"
        return values[0]


class Callbacks:
    """Answers 200 unless a plan says otherwise. A plan belongs to a word that occurs in the request's body."""

    def __init__(self):
        self._changed = threading.Condition()
        self._received: list[Received] = []
        self._plans: dict[bytes, collections.deque[Respond]] = {}
        self._events: list[threading.Event] = []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def plan(self, word: str, *responses: Respond) -> None:
        """Requests whose body has `word` get these answers in order; the last one for ever."""
        with self._changed:
            self._plans[word.encode()] = collections.deque(responses)

    def gate(self) -> threading.Event:
        """An event for Respond.until that is set at the latest when the server ends."""
        event = threading.Event()
        self._events.append(event)
        return event

    def received(self, word: str) -> list[Received]:
        with self._changed:
            return [each for each in self._received if word.encode() in each.body]

    def await_received(self, word: str, count: int = 1, timeout_s: float = 10.0) -> list[Received]:
        """The requests with `word`, when there are at least `count` of them."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while True:
                found = [each for each in self._received if word.encode() in each.body]
                if len(found) >= count:
                    return found
                left = deadline - time.monotonic()
                assert left > 0, f"{len(found)} of {count} callbacks with {word!r} after {timeout_s} s"
                self._changed.wait(left)

    def close(self) -> None:
        for event in self._events:
            event.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _next(self, body: bytes) -> Respond:
        for word, responses in self._plans.items():
            if word in body:
                return responses.popleft() if len(responses) > 1 else responses[0]
        return Respond()

    def _handler(callbacks):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = [(name.lower(), value) for name, value in self.headers.items()]
                with callbacks._changed:
                    respond = callbacks._next(body)
                    callbacks._received.append(Received(time.monotonic(), self.command, self.path, headers, body))
                    callbacks._changed.notify_all()
                if respond.until is not None:
                    respond.until.wait()
                try:
                    self.answer(respond)
                except OSError:  # the gateway has given up
                    self.close_connection = True

            do_GET = do_PUT = do_POST

            def answer(self, respond):
                if respond.hang_up:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(respond.status)
                for name, value in respond.headers:
                    self.send_header(name, value)
                self.send_header("content-length", str(len(respond.body)))
                self.end_headers()
                self.wfile.write(respond.body)

            def log_message(self, *_):
                pass

        return Handler
