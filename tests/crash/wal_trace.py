"""Reads a strace of the gateway and tells for each webhook whether it was on disk before its 2xx was sent.

The trace has to be made with STRACE_OPTIONS. Lines of strace come in the order in which it saw the system calls begin and
end: a call that another thread's call interrupts has an `<unfinished ...>` and a `resumed` line, every other line is both.
"""

import dataclasses
import pathlib
import re

STRACE_OPTIONS = ["-f", "-y", "-s", "8192", "-e", "trace=fdatasync,fsync,pwrite64,pwritev,write,writev,sendto,sendmsg"]

_LINE = re.compile(rb"^(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)$", re.DOTALL)
_SYNC = (b"fdatasync", b"fsync")
_WAL = re.compile(rb"^\d+<[^>]*-wal>")
_ACCEPTED = re.compile(rb'"HTTP/1\.1 20[02] ')


@dataclasses.dataclass
class Proof:
    durable_first: set[str] = dataclasses.field(default_factory=set)
    too_early: list[str] = dataclasses.field(default_factory=list)
    syncs: int = 0
    failed_syncs: int = 0


def prove(path: pathlib.Path, identity: str) -> Proof:
    """identity: a regular expression for what is in a webhook's body and in the head of its answer."""
    reader = _Reader(re.compile(identity.encode()))
    with path.open("rb") as lines:
        for line in lines:
            reader.read(line.rstrip(b"\n"))
    return reader.proof


class _Reader:
    def __init__(self, identity: re.Pattern):
        self.proof = Proof()
        self._identity = identity
        self._written: set[bytes] = set()  # in the WAL, perhaps not on disk
        self._durable: set[bytes] = set()
        self._begun: dict[bytes, tuple[bytes, set[bytes]]] = {}  # thread -> arguments and what was written when its call began

    def read(self, line: bytes) -> None:
        match = _LINE.match(line)
        if not match:
            return
        thread, resumed, name, rest = match.groups()
        if resumed:
            arguments, written = self._begun.pop(thread, (b"", set()))
            self._end(resumed, arguments, rest, written)
            return
        written = set(self._written) if name in _SYNC else set()
        self._begin(name, rest)
        if rest.endswith(b"<unfinished ...>"):
            self._begun[thread] = (rest, written)
        else:
            self._end(name, rest, rest, written)

    def _begin(self, name: bytes, arguments: bytes) -> None:
        if name in _SYNC or not _ACCEPTED.search(arguments):
            return
        # Several pipelined answers may leave in one call.
        for identity in set(self._identity.findall(arguments)):
            if identity in self._durable:
                self.proof.durable_first.add(identity.decode())
            else:
                self.proof.too_early.append(identity.decode())

    def _end(self, name: bytes, arguments: bytes, rest: bytes, written: set[bytes]) -> None:
        if not _WAL.match(arguments):
            return
        result = int(rest.rsplit(b"= ", 1)[1].split()[0])
        if name in _SYNC and result != 0:
            self.proof.failed_syncs += 1
        elif name in _SYNC:
            self.proof.syncs += 1
            self._durable |= written
            self._written -= written
        elif result > 0:
            self._written |= set(self._identity.findall(arguments)) - self._durable
