"""The disk of the database is full: 503 until there is space, then on by itself, and nothing acknowledged is lost."""

import errno
import os
import subprocess
import time

import pytest

import acme
import ledger
import provider
import sink
import verdict

RECOVERY_MAX_S = 5.0


@pytest.fixture
def small_disk(workplace):
    path = workplace / "disk"
    path.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(path)], capture_output=True, text=True)
    assert mounted.returncode == 0, f"this test needs to mount a small tmpfs (as root): {mounted.stderr}"
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


def fill(directory) -> None:
    """Takes what is left, down to the last byte."""
    for size in (1 << 16, 1 << 12, 1):
        with open(directory / "filler", "ab", buffering=0) as file:
            try:
                while file.write(b"x" * size):
                    pass
            except OSError as full:
                assert full.errno == errno.ENOSPC, full


def make_space(directory) -> None:
    os.unlink(directory / "filler")
    disk = os.statvfs(directory)
    assert disk.f_bavail * disk.f_frsize > 16 << 20, f"the test has filled the disk with events: {os.listdir(directory)}"


def store_some(gateway, hooks) -> None:
    """Enough that moving it from the log into the database takes space: no way out of a full disk."""
    for _ in range(50):
        assert acme.send(gateway.port, next(hooks)).status == 202
    gateway.await_drained()


def await_status(pulse, port, hooks, status, seconds, meanwhile=lambda: None):
    """Sends webhooks until one is answered with the status; that answer, and how long it took."""
    began = pulse.now()
    while pulse.now() - began < seconds:
        meanwhile()
        answer = acme.send(port, next(hooks))
        assert answer is not None, "a connection broke"
        assert answer.status in (202, 503), f"answered {answer.status} {answer.body!r}"
        if answer.status == status:
            return answer, pulse.now() - began
    raise AssertionError(f"no {status} within {seconds} s")


def test_a_full_disk_refuses_webhooks_until_there_is_space(workplace, small_disk, new_gateway, rng, pulse, length, figure):
    book_path = workplace / "ledger"
    hooks = (acme.webhook(f"probe-{number}", rng, filler_bytes=20_000) for number in range(1_000_000))
    recovered_s = []
    with sink.Sink() as application, ledger.Ledger(book_path) as book:
        gateway = new_gateway(application.url, database=small_disk / "hookgate.db").start()
        load = provider.Provider(gateway.port, book, rng, 100, clock=pulse.now).start()
        for _ in range(length(2, 10)):
            answer, _ = await_status(pulse, gateway.port, hooks, 503, 30, meanwhile=lambda: fill(small_disk))
            assert "retry-after" in answer.headers
            assert answer.json()["error"]["code"] == "DEPENDENCY_UNAVAILABLE"
            health = gateway.get("/api/v1/health")
            assert health.status == 503, f"/health answers {health.status} {health.body!r} while ingest is refused"
            assert health.json()["error"]["details"]["checks"]["database"]["status"] != "ok", health.body
            assert gateway.get("/api/v1/events").status == 200, "reading needs no space"
            stop = time.monotonic() + rng.uniform(0.2, 2.0)
            while time.monotonic() < stop:
                fill(small_disk)
                time.sleep(0.02)
            make_space(small_disk)
            _, seconds = await_status(pulse, gateway.port, hooks, 202, RECOVERY_MAX_S)
            recovered_s.append(seconds)
            assert gateway.get("/api/v1/health").status == 200
        load.finish()
        assert load.slowest_s < 4, f"an answer took {load.slowest_s:.1f} s"
        report = verdict.settle(gateway, application, book_path, duplicates_max_per_fault=0)
    figure(f"back within {max(recovered_s):.2f} s of space: {report}; answers {load.answers}")
    assert load.answers.get(503), "the load did not notice the full disk"


def test_health_notices_space_without_any_traffic(workplace, small_disk, new_gateway, rng, pulse, figure):
    with sink.Sink() as application:
        gateway = new_gateway(application.url, database=small_disk / "hookgate.db").start()
        hooks = (acme.webhook(f"probe-{number}", rng, filler_bytes=20_000) for number in range(1_000_000))
        store_some(gateway, hooks)
        await_status(pulse, gateway.port, hooks, 503, 30, meanwhile=lambda: fill(small_disk))
        until = time.monotonic() + 2.0
        while time.monotonic() < until:
            fill(small_disk)
            assert gateway.get("/api/v1/health").status == 503, "healthy on a full disk"
        make_space(small_disk)
        began = pulse.now()
        while gateway.get("/api/v1/health").status != 200:
            assert pulse.now() - began < RECOVERY_MAX_S, "not healthy although there is space"
            time.sleep(0.01)
        healthy_s = pulse.now() - began
        assert acme.send(gateway.port, next(hooks)).status == 202
        figure(f"healthy {healthy_s:.2f} s after there was space")


def test_the_log_gives_its_space_back_once_the_disk_has_been_full(workplace, small_disk, new_gateway, rng, pulse, figure):
    # Else the write-ahead log, not what is stored, would keep a small disk full.
    database = small_disk / "hookgate.db"
    with sink.Sink() as application:
        gateway = new_gateway(application.url, database=database).start()
        hooks = (acme.webhook(f"probe-{number}", rng, filler_bytes=20_000) for number in range(1_000_000))
        store_some(gateway, hooks)
        await_status(pulse, gateway.port, hooks, 503, 30, meanwhile=lambda: fill(small_disk))
        before = database.stat().st_size
        make_space(small_disk)
        await_status(pulse, gateway.port, hooks, 202, RECOVERY_MAX_S)
        began = pulse.now()
        while database.stat().st_size == before:
            assert pulse.now() - began < RECOVERY_MAX_S, "what the log holds is not moved into the database"
            time.sleep(0.01)
        figure(f"the database grew from {before} to {database.stat().st_size} bytes after {pulse.now() - began:.2f} s")
