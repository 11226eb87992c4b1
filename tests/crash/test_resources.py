"""Descriptors run out, and nobody reads the log: the gateway lives, and goes on when the cause is gone."""

import fcntl
import os
import pathlib
import socket
import struct
import subprocess
import termios
import time

import acme
import ledger
import provider
import sink
import verdict

RECOVERY_MAX_S = 5.0
DESCRIPTORS = 96


def cpu_seconds(pid: int) -> float:
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def open_descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def test_running_out_of_descriptors_costs_neither_life_nor_events(workplace, new_gateway, rng, figure):
    book_path = workplace / "ledger"
    with sink.Sink() as application, ledger.Ledger(book_path) as book:
        gateway = new_gateway(application.url).start(wrapper=["prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}"])
        before = open_descriptors(gateway.pid)
        load = provider.Provider(gateway.port, book, rng, 100, connections=4).start()
        assert application.wait_for(lambda: len(application.delivered) >= 20, 10)
        idle = [socket.create_connection(("127.0.0.1", gateway.port), timeout=5) for _ in range(2 * DESCRIPTORS)]
        time.sleep(0.5)
        used = cpu_seconds(gateway.pid)
        time.sleep(2.0)
        used = cpu_seconds(gateway.pid) - used
        assert gateway.running, f"the gateway ended\n{gateway.log_tail()}"
        most = open_descriptors(gateway.pid)
        for connection in idle:
            connection.close()
        began = time.monotonic()
        known = len(application.delivered)
        assert application.wait_for(lambda: len(application.delivered) >= known + 20, RECOVERY_MAX_S), gateway.log_tail()
        answer = acme.send(gateway.port, acme.webhook("after", rng))
        assert answer is not None and answer.status == 202, answer
        took = time.monotonic() - began
        load.finish()
        assert used < 1.2, f"waiting for descriptors kept a core busy: {used:.1f} s of CPU in 2 s"
        report = verdict.settle(gateway, application, book_path, duplicates_max_per_fault=0)
    figure(f"descriptors {before} at rest, {most} of {DESCRIPTORS} at the limit, CPU {used:.2f} s in 2 s there, "
           f"recovered in {took:.2f} s: {report}")


def test_a_closed_log_pipe_does_not_touch_ingest(workplace, new_gateway, rng, figure):
    book_path = workplace / "ledger"
    with sink.Sink() as application, ledger.Ledger(book_path) as book:
        gateway = new_gateway(application.url, settings={"LOG_LEVEL": "debug"})
        gateway.start(stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        gateway.process.stdout.close()
        gateway.process.stderr.close()
        load = provider.Provider(gateway.port, book, rng, 200).start()
        assert application.wait_for(lambda: len(application.delivered) >= 300, 20), "deliveries stop without a log"
        load.finish()
        assert gateway.running
        report = verdict.settle(gateway, application, book_path, duplicates_max_per_fault=0)
    figure(str(report))
    assert load.broken == 0


def test_a_log_reader_that_stops_reading_does_not_touch_ingest(workplace, new_gateway, rng, pulse, figure):
    book_path = workplace / "ledger"
    with sink.Sink() as application, ledger.Ledger(book_path) as book:
        gateway = new_gateway(application.url, settings={"LOG_LEVEL": "debug"})
        gateway.start(stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # nobody ever reads the pipe
        load = provider.Provider(gateway.port, book, rng, 300, clock=pulse.now).start()
        assert application.wait_for(lambda: len(application.delivered) >= 1500, 30), "deliveries stop behind a full log pipe"
        load.finish()
        gateway.await_drained()
        unread = struct.unpack("i", fcntl.ioctl(gateway.process.stdout, termios.FIONREAD, bytes(4)))[0]
        assert unread > 40_000, f"the pipe is not full: {unread} bytes"  # 64 KiB less what its pages waste
        gateway.process.stdout.close()
        report = verdict.settle(gateway, application, book_path, duplicates_max_per_fault=0)
    figure(str(report))
    assert load.slowest_s < 2, f"an answer took {load.slowest_s:.1f} s"
