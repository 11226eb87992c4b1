"""What the provider holds the gateway to: one durable line for each 2xx, written after the 2xx was read."""

import asyncio
import dataclasses
import os
import pathlib
import queue
import threading


@dataclasses.dataclass(frozen=True)
class Acknowledgement:
    external_id: str
    data_sha256: str
    status: int  # 202 new, 200 duplicate
    event_id: str


class Ledger:
    """Lines are written in groups by a thread of its own. Use as a context manager."""

    def __init__(self, path: pathlib.Path):
        self.path = path
        self.acknowledged: set[str] = set()  # external ids; only grows
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._waiting: queue.SimpleQueue = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="ledger", daemon=True)

    def __enter__(self) -> "Ledger":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._waiting.put(None)
        self._thread.join(30)
        os.close(self._file)

    async def record(self, entry: Acknowledgement) -> None:
        """Returns when the line is on disk."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.put((entry, done))
        await done

    def _write(self) -> None:
        while True:
            group = [self._waiting.get()]
            while not self._waiting.empty():
                group.append(self._waiting.get())
            entries = [item for item in group if item is not None]
            if entries:
                lines = [f"{entry.external_id} {entry.data_sha256} {entry.status} {entry.event_id}\n" for entry, _ in entries]
                os.write(self._file, "".join(lines).encode())
                os.fdatasync(self._file)
                self.acknowledged.update(entry.external_id for entry, _ in entries)
                for _, done in entries:
                    done.get_loop().call_soon_threadsafe(done.set_result, None)
            if len(entries) < len(group):
                return


def read(path: pathlib.Path) -> list[Acknowledgement]:
    entries = []
    for line in path.read_text().splitlines():
        external_id, data_sha256, status, event_id = line.split(" ")
        entries.append(Acknowledgement(external_id, data_sha256, int(status), event_id))
    return entries
