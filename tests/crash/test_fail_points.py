"""The process dies at each named place of an event's way (HOOKGATE_FAIL; builds with HOOKGATE_FAIL_POINTS)."""

import concurrent.futures
import signal
import subprocess

import pytest

import acme
import checker
import database
import ledger
import sink

CONCURRENT = 8  # webhooks at the same moment in every second hit


class Hit:
    """One installation whose process dies at a fail point and is started again."""

    def __init__(self, point, gateway, application, rng, number):
        self.gateway, self.application = gateway, application
        count = 1 if number % 2 == 0 else CONCURRENT
        self.hooks = [acme.webhook(f"{point}-{number}-{index}", rng) for index in range(count)]
        self.acknowledged: list[ledger.Acknowledgement] = []
        self.first_delivery = len(application.snapshot())
        self.first_life = application.life
        nth = 1 if count == 1 else rng.randrange(1, count + 1)
        gateway.start(extra={"HOOKGATE_FAIL": f"{point}:{nth}"})
        self._send_all()
        # A point that counts batches may be reached less often than there are webhooks: send more until it is.
        extra = 0
        while nth > 1 and not self._dies_within(1.0):
            hook = acme.webhook(f"{point}-{number}-more-{extra}", rng)
            self.hooks.append(hook)
            self._send(hook)
            extra += 1
            assert extra < 50, f"{point} is not reached\n{gateway.log_tail()}"
        assert self._dies_within(10), f"{point} is not reached: has this build fail points?\n{gateway.log_tail()}"
        assert gateway.process.returncode == -signal.SIGKILL, gateway.process.returncode
        application.begin_next_life()

    @property
    def alone(self) -> bool:
        return len(self.hooks) == 1

    @property
    def unanswered(self) -> list[acme.Webhook]:
        known = {entry.external_id for entry in self.acknowledged}
        return [hook for hook in self.hooks if hook.external_id not in known]

    def recover(self) -> checker.Report:
        """Starts again, lets the provider retry what was not answered 2xx, drains and judges."""
        self.gateway.start()
        self._send_all()
        assert not self.unanswered, f"the retry is not acknowledged\n{self.gateway.log_tail()}"
        self.gateway.await_drained()
        failed = self.gateway.failed_external_ids()
        assert self.gateway.terminate() == 0
        self.application.begin_next_life()
        report = checker.check(self.acknowledged, self.application.snapshot()[self.first_delivery:], failed)
        report.problems += self.application.problems + database.problems(self.gateway.database)
        assert not failed, failed
        return report

    def _dies_within(self, seconds: float) -> bool:
        try:
            self.gateway.process.wait(seconds)
            return True
        except subprocess.TimeoutExpired:
            return False

    def _send_all(self) -> None:
        with concurrent.futures.ThreadPoolExecutor(CONCURRENT) as pool:
            list(pool.map(self._send, self.unanswered))

    def _send(self, hook: acme.Webhook) -> None:
        answer = acme.send(self.gateway.port, hook)
        if answer is None:
            return
        assert answer.status in (200, 202), f"answered {answer.status} {answer.body!r}"
        self.acknowledged.append(
            ledger.Acknowledgement(hook.external_id, hook.data_sha256, answer.status, answer.json()["data"]["eventId"]))


@pytest.fixture
def hits(new_gateway, rng, length, figure):
    """hits(point): (hit, application) for each of this run's hits; figures at the end."""
    def run(point):
        with sink.Sink() as application:
            gateway = new_gateway(application.url)
            count = length(4, 20)
            for number in range(count):
                yield Hit(point, gateway, application, rng, number)
            figure(f"{count} hits, {len(application.delivered)} events")

    return run


@pytest.mark.parametrize("point", ["after-verify", "before-commit"])
def test_death_before_the_commit_leaves_nothing_behind(hits, point):
    for hit in hits(point):
        if hit.alone:
            assert not hit.acknowledged, "acknowledged before the commit"
            assert database.event_ids(hit.gateway.database, hit.hooks[0].external_id) == []
        report = hit.recover()
        report.assert_good(0 if hit.alone else len(hit.hooks))  # the others were anywhere on their way
        if hit.alone:
            assert [entry.status for entry in hit.acknowledged] == [202], "the retry is not accepted as new"


def test_death_between_commit_and_reply_makes_the_retry_a_duplicate_that_is_delivered_once(hits):
    for hit in hits("after-commit-before-reply"):
        stored = [event_id for hook in hit.hooks for event_id in database.event_ids(hit.gateway.database, hook.external_id)]
        if hit.alone:
            assert not hit.acknowledged, "answered although it died before the reply"
            assert len(stored) == 1, "not committed"
        report = hit.recover()
        report.assert_good(0 if hit.alone else len(hit.hooks))
        if hit.alone:
            assert [(entry.status, entry.event_id) for entry in hit.acknowledged] == [(200, stored[0])]


def test_death_in_the_middle_of_a_delivery_sends_it_again_with_the_next_attempt(hits):
    for hit in hits("mid-delivery"):
        report = hit.recover()
        report.assert_good(1 if hit.alone else len(hit.hooks))
        if hit.alone:
            last = hit.application.snapshot()[-1]
            assert last.attempt == 2, f"the delivery after the restart is attempt {last.attempt}"


@pytest.mark.parametrize("point", ["after-callback-2xx", "before-finish-commit"])
def test_death_before_the_result_is_recorded_delivers_exactly_once_more(hits, point):
    for hit in hits(point):
        report = hit.recover()
        report.assert_good(1 if hit.alone else len(hit.hooks))
        if hit.alone:
            sends = hit.application.snapshot()[hit.first_delivery:]
            assert [(send.attempt, send.status) for send in sends] == [(1, 200), (2, 200)]
            assert len({send.webhook_id for send in sends}) == 1
            attempts = database.attempts(hit.gateway.database, sends[0].event_id)
            assert [attempt.number for attempt in attempts] == [1, 2]
            assert [attempt.succeeded for attempt in attempts] == [False, True], "the unknown outcome is not recorded as such"
