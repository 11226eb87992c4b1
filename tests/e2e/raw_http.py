"""Requests as bytes on a socket, for everything a well-behaved client would not send."""

import dataclasses
import socket


@dataclasses.dataclass(frozen=True)
class RawAnswer:
    status: int
    headers: list[tuple[str, str]]  # names in lower case
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)


def connect(port: int, timeout_s: float = 10.0) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=timeout_s)


def head(method: str, target: str, headers: list[tuple[str, str]] | None = None) -> bytes:
    """The head of a request that is the last one on its connection."""
    lines = [f"{method} {target} HTTP/1.1", "host: 127.0.0.1", "connection: close"]
    lines += [f"{name}: {value}" for name, value in headers or []]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n"


def _read_line(stream) -> bytes:
    line = stream.readline()
    assert line.endswith(b"\r\n"), f"the answer broke off: {line!r}"
    return line[:-2]


def read_answer(stream, method: str = "GET") -> RawAnswer:
    """The next answer of a socket's file object. Fails when it breaks off."""
    version, status, *_ = _read_line(stream).decode("ascii").split(" ")
    assert version == "HTTP/1.1"
    headers = []
    while line := _read_line(stream).decode("latin-1"):
        name, _, value = line.partition(":")
        headers.append((name.lower(), value.strip()))
    answer = RawAnswer(int(status), headers, b"")
    length = int(answer.header("content-length") or 0)
    if method == "HEAD" or answer.status in (204, 304) or answer.status < 200:
        length = 0
    body = stream.read(length)
    assert len(body) == length, "the answer broke off"
    return dataclasses.replace(answer, body=body)


def exchange(port: int, request: bytes, method: str = "GET") -> RawAnswer:
    """One answer to one request on a connection of its own. The connection must end with it."""
    with connect(port) as connection:
        connection.sendall(request)
        with connection.makefile("rb") as stream:
            answer = read_answer(stream, method)
            try:
                rest = stream.read()
            except ConnectionResetError:  # closed with bytes of ours unread
                rest = b""
    assert rest == b"", f"more than one answer: {rest[:200]!r}"
    return answer
