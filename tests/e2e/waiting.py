"""Waiting for something to become true, with a deadline instead of a fixed sleep."""

import time


def wait_for(probe, timeout_s: float = 10.0, what: str = "the condition"):
    """What probe() returned as soon as that is true. Fails with `what` when it never is."""
    deadline = time.monotonic() + timeout_s
    while True:
        result = probe()
        if result:
            return result
        assert time.monotonic() < deadline, f"waited {timeout_s} s for {what}"
        time.sleep(0.01)
