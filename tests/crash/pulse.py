"""A clock that stands still while the machine does: limits in seconds are for the gateway, not for a disk that is busy
with something else."""

import os
import pathlib
import threading
import time

TICK_S = 0.02


class Pulse:
    """Counts ticks of a thread that sleeps and syncs a byte to the disk. Use as a context manager."""

    def __init__(self, directory: pathlib.Path):
        self._file = os.open(directory / "pulse", os.O_WRONLY | os.O_CREAT, 0o644)
        self._ticks = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def __enter__(self) -> "Pulse":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stopping.set()
        self._thread.join(30)
        os.close(self._file)

    def now(self) -> float:
        """Seconds in which the machine went on; on an idle one as good as time.monotonic()."""
        return self._ticks * TICK_S

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stopping.is_set():
            # Late ticks are lost, not made up for; small delays are.
            due = max(due + TICK_S, time.monotonic() - TICK_S)
            self._stopping.wait(max(0.0, due - time.monotonic()))
            os.pwrite(self._file, b".", 0)
            os.fdatasync(self._file)
            self._ticks += 1
