"""kill -9 at random moments under load. Nothing acknowledged is lost, and what is delivered twice was in flight.

HOOKGATE_CRASH_KILLS: how often (20, or 100 with HOOKGATE_CRASH=full). HOOKGATE_CRASH_SEED repeats a run's draws.
"""

import os
import random
import statistics
import time

import ledger
import provider
import sink
import verdict

RATE_PER_S = 500
# What is in flight (DELIVERY_CONCURRENCY) and the results that wait for their commit: usually few, on a busy machine at
# most those of one transaction.
IN_FLIGHT = 64
DUPLICATES_USUAL_PER_KILL = IN_FLIGHT + 64
DUPLICATES_MAX_PER_KILL = IN_FLIGHT + 512
RESUME_MAX_S = 2.0


def slow_and_sometimes_failing(rng):
    rng = random.Random(rng.random())

    def answer(_request: sink.Request) -> sink.Reply:
        # A few are slow enough that there is always something in flight.
        return sink.Reply(500 if rng.random() < 0.02 else 200, delay_s=rng.uniform(0.0, 0.05 if rng.random() < 0.95 else 0.5))

    return answer


class Restarts:
    """When deliveries of earlier processes' events went on after each restart."""

    def __init__(self, gateway, application, book, pulse):
        self._gateway, self._application, self._book, self._pulse = gateway, application, book, pulse
        self.resumed_s: list[float] = []
        self._old: set[str] = set()
        self._seen = 0

    def restart(self) -> None:
        # The dead process has not read these answers, so these events are not done for it.
        self._old = self._book.acknowledged - self._application.answered
        self._application.begin_next_life()
        self._seen = len(self._application.deliveries)
        self._gateway.start()

    def await_resumed(self) -> None:
        if not self._old:
            return
        listening_at = self._gateway.listening_at
        latest = self._pulse.now() + RESUME_MAX_S
        while not (resumed := self._application.wait_for(lambda: self._first_old() is not None, 0.05)):
            if self._pulse.now() > latest:
                break
        assert resumed, (f"no delivery of {len(self._old)} waiting events within {RESUME_MAX_S} s of the restart\n"
                         f"{self._gateway.log_tail()}")
        self.resumed_s.append(max(0.0, self._first_old().at - listening_at))

    def _first_old(self) -> sink.Delivery | None:
        deliveries = self._application.deliveries
        while self._seen < len(deliveries):
            if deliveries[self._seen].external_id in self._old:
                return deliveries[self._seen]
            self._seen += 1
        return None


def test_no_acknowledged_event_is_lost_when_the_process_is_killed_at_random_moments(workplace, new_gateway, rng, pulse, length, figure):
    kills = int(os.environ.get("HOOKGATE_CRASH_KILLS") or length(20, 100))
    book_path = workplace / "ledger"
    with sink.Sink(slow_and_sometimes_failing(rng)) as application, ledger.Ledger(book_path) as book:
        gateway = new_gateway(application.url).start()
        load = provider.Provider(gateway.port, book, rng, RATE_PER_S).start()
        restarts = Restarts(gateway, application, book, pulse)
        for kill in range(kills):
            if kill % 10 == 9:  # while it starts, too
                gateway.kill()
                application.begin_next_life()
                gateway.spawn()
                time.sleep(rng.uniform(0.0, 0.1))
            else:
                time.sleep(rng.uniform(0.0, 1.2))
            assert gateway.running, f"the gateway ended by itself\n{gateway.log_tail()}"
            gateway.kill()
            restarts.restart()
            if kill % 2 == 0:
                restarts.await_resumed()
        load.finish()
        report = verdict.settle(gateway, application, book_path, DUPLICATES_MAX_PER_KILL)
    usual = statistics.median([report.duplicates_by_life.get(life, 0) for life in range(1, application.life)])
    figure(f"{kills + kills // 10} kills: {report}, usually {usual:.0f}")
    figure(f"answers {load.answers}, {load.broken} broken connections, slowest answer {load.slowest_s:.2f} s")
    assert restarts.resumed_s, "no restart had anything to resume"
    figure(f"deliveries of old events resumed within {max(restarts.resumed_s):.3f} s of listening "
           f"(median {statistics.median(restarts.resumed_s):.3f} s, {len(restarts.resumed_s)} restarts measured)")
    assert usual <= DUPLICATES_USUAL_PER_KILL, f"usually {usual:.0f} duplicates per kill"
    assert report.acknowledged > kills * 50, "there was hardly any load"
    assert load.answers.get(200, 0) > report.acknowledged * 0.05, "there were hardly any duplicates among the webhooks"


def test_a_crash_loop_fails_no_event_that_only_waited(workplace, new_gateway, rng, figure):
    # Five unknown outcomes in a row fail an event: that must hit what is being sent when the process dies, not what waits.
    book_path = workplace / "ledger"
    with sink.Sink(lambda request: sink.Reply(delay_s=0.3)) as application, ledger.Ledger(book_path) as book:
        gateway = new_gateway(application.url, settings={"DELIVERY_CONCURRENCY": "2"}).start()
        load = provider.Provider(gateway.port, book, rng, 500, duplicates=0).start()
        while len(book.acknowledged) < 60:
            time.sleep(0.005)
        load.finish()
        for _ in range(8):
            time.sleep(0.4)
            gateway.kill()
            application.begin_next_life()
            gateway.start()
        report = verdict.settle(gateway, application, book_path, DUPLICATES_MAX_PER_KILL)
    figure(str(report))
    assert report.failed_visible == 0, f"{report.failed_visible} of {report.acknowledged} events failed at a healthy callback"


def test_the_same_installation_starts_at_once_after_a_kill(workplace, new_gateway, rng, pulse):
    book_path = workplace / "ledger"
    with sink.Sink() as application, ledger.Ledger(book_path) as book:
        gateway = new_gateway(application.url).start()
        load = provider.Provider(gateway.port, book, rng, 100).start()
        assert application.wait_for(lambda: len(application.delivered) >= 20, 10)
        gateway.kill()
        application.begin_next_life()
        began = pulse.now()
        gateway.start()
        assert pulse.now() - began < 5, "the start after a kill waits for something"
        load.finish()
        verdict.settle(gateway, application, book_path, DUPLICATES_MAX_PER_KILL)
