"""Seen from the kernel: the event is on disk before its 2xx is written to the socket."""

import concurrent.futures
import http.client
import re
import time

import acme
import ledger
import provider
import sink
import verdict
import wal_trace

REQUESTS = 1000
IDENTITY = r"proof-\d{6}"

SYNCED = r'''7 pwrite64(5</x/hookgate.db-wal>, "..proof-000001..", 4096, 32) = 4096
7 fdatasync(5</x/hookgate.db-wal>) = 0
8 sendto(9<socket:[1]>, "HTTP/1.1 202 Accepted\r\nx-correlation-id: proof-000001\r\n", 300, MSG_NOSIGNAL, NULL, 0) = 300
'''


def prove(workplace, text):
    (workplace / "trace").write_text(text)
    return wal_trace.prove(workplace / "trace", IDENTITY)


def test_the_proof_accepts_a_synced_event(workplace):
    proof = prove(workplace, SYNCED)
    assert proof.durable_first == {"proof-000001"} and not proof.too_early and proof.syncs == 1


def test_the_proof_catches_an_answer_before_the_sync(workplace):
    lines = SYNCED.splitlines(keepends=True)
    assert prove(workplace, lines[0] + lines[2] + lines[1]).too_early == ["proof-000001"]


def test_the_proof_catches_an_answer_while_the_sync_goes_on(workplace):
    lines = SYNCED.splitlines(keepends=True)
    begun = "7 fdatasync(5</x/hookgate.db-wal> <unfinished ...>\n"
    ended = "7 <... fdatasync resumed>) = 0\n"
    assert prove(workplace, lines[0] + begun + lines[2] + ended).too_early == ["proof-000001"]
    assert prove(workplace, lines[0] + begun + ended + lines[2]).durable_first == {"proof-000001"}


def test_the_proof_catches_a_sync_that_began_before_the_write_or_failed(workplace):
    lines = SYNCED.splitlines(keepends=True)
    begun = "6 fdatasync(5</x/hookgate.db-wal> <unfinished ...>\n"
    ended = "6 <... fdatasync resumed>) = 0\n"
    assert prove(workplace, begun + lines[0] + ended + lines[2]).too_early == ["proof-000001"]
    assert prove(workplace, lines[0] + lines[1].replace("= 0", "= -1 EIO (Input/output error)") + lines[2]).too_early == ["proof-000001"]


def test_the_proof_catches_a_sync_of_another_file(workplace):
    assert prove(workplace, SYNCED.replace("fdatasync(5</x/hookgate.db-wal>", "fdatasync(4</x/ledger>")).too_early == ["proof-000001"]


def send_in_order(port, hooks) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for hook in hooks:
        connection.request("POST", acme.PATH, hook.body, hook.headers())
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 202, f"answered {answer.status} {body!r}"
        assert answer.headers["x-correlation-id"] == hook.external_id
    connection.close()


def strace(path, *options) -> list[str]:
    # -D: beside the gateway, not above it, so that signals and exit code are the gateway's.
    return ["strace", "-D", *wal_trace.STRACE_OPTIONS, *options, "-o", str(path)]


def prove_finished(path, main_thread) -> wal_trace.Proof:
    deadline = time.monotonic() + 30
    ended = re.compile(rb"^%d +\+\+\+ exited" % main_thread, re.MULTILINE)
    while not ended.search(path.read_bytes()[-65536:]):
        assert time.monotonic() < deadline, "strace does not finish its file"
        time.sleep(0.05)
    return wal_trace.prove(path, IDENTITY)


def traced(workplace, new_gateway, rng, connections) -> wal_trace.Proof:
    hooks = [acme.webhook(f"proof-{number:06d}", rng) for number in range(REQUESTS)]
    path = workplace / "strace"
    with sink.Sink() as application:
        gateway = new_gateway(application.url)
        gateway.start(wrapper=strace(path))
        with concurrent.futures.ThreadPoolExecutor(connections) as pool:
            for done in [pool.submit(send_in_order, gateway.port, hooks[nth::connections]) for nth in range(connections)]:
                done.result()
        assert gateway.terminate() == 0
    proof = prove_finished(path, gateway.pid)
    assert not proof.too_early, f"{len(proof.too_early)} answered before they were on disk, first {proof.too_early[:5]}"
    unseen = {hook.external_id for hook in hooks} - proof.durable_first
    assert not unseen, f"{len(unseen)} answers are not in the trace"
    return proof


def test_each_of_a_thousand_events_is_on_disk_before_its_answer(workplace, new_gateway, rng, figure):
    proof = traced(workplace, new_gateway, rng, connections=1)
    assert proof.syncs >= REQUESTS, "fewer syncs than requests that came one after another"
    figure(f"{REQUESTS} requests one after another, {proof.syncs} syncs of the WAL, each before its 2xx")


def test_answers_of_a_batch_wait_for_the_sync_of_the_batch(workplace, new_gateway, rng, figure):
    proof = traced(workplace, new_gateway, rng, connections=8)
    figure(f"{REQUESTS} requests on 8 connections, {proof.syncs} syncs of the WAL, each before its 2xx")


def test_an_event_whose_sync_failed_is_not_acknowledged(workplace, new_gateway, rng, figure):
    path, book_path = workplace / "strace", workplace / "ledger"
    with sink.Sink() as application, ledger.Ledger(book_path) as book:
        gateway = new_gateway(application.url)
        # Each thread's 30th to 40th sync fails as a broken disk's would; nothing is written to the disk then.
        gateway.start(wrapper=strace(path, "-e", "inject=fdatasync,fsync:error=EIO:when=30..40"))
        load = provider.Provider(gateway.port, book, rng, 100, connections=4, prefix="proof", digits=6).start()
        assert application.wait_for(lambda: len(application.delivered) >= 500, 60), gateway.log_tail()
        load.finish()
        report = verdict.settle(gateway, application, book_path, duplicates_max_per_fault=0)
    proof = prove_finished(path, gateway.pid)
    assert proof.failed_syncs > 0, "no sync failed"
    assert load.answers.get(503), "nobody noticed the failed syncs"
    assert not proof.too_early, f"{len(proof.too_early)} answered before they were on disk, first {proof.too_early[:5]}"
    figure(f"{proof.failed_syncs} failed syncs of the WAL: {report}; answers {load.answers}")
