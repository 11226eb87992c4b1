"""SIGTERM under load: the gateway ends in time, and nothing is lost or delivered twice."""

import random
import time

import ledger
import provider
import sink
import verdict

SHUTDOWN_TIMEOUT_S = 4.0
GRACE_S = 2.0


def test_rolling_restarts_lose_nothing_and_deliver_nothing_twice(workplace, new_gateway, rng, pulse, length, figure):
    restarts = length(3, 20)
    took_s = []
    delays = random.Random(rng.random())
    book_path = workplace / "ledger"
    with sink.Sink(lambda request: sink.Reply(delay_s=delays.uniform(0.0, 0.1))) as application, ledger.Ledger(book_path) as book:
        gateway = new_gateway(application.url, settings={"SHUTDOWN_TIMEOUT_MS": str(int(SHUTDOWN_TIMEOUT_S * 1000))}).start()
        load = provider.Provider(gateway.port, book, rng, 300).start()
        for _ in range(restarts):
            time.sleep(rng.uniform(0.2, 1.2))
            began = pulse.now()
            exit_code = gateway.terminate()
            took_s.append(pulse.now() - began)
            assert exit_code == 0, f"exit code {exit_code}\n{gateway.log_tail()}"
            assert took_s[-1] <= SHUTDOWN_TIMEOUT_S + GRACE_S, f"SIGTERM took {took_s[-1]:.1f} s"
            application.begin_next_life()
            gateway.start()
        load.finish()
        report = verdict.settle(gateway, application, book_path, duplicates_max_per_fault=0)
    figure(f"{restarts} restarts, at most {max(took_s):.2f} s each: {report}")


def test_a_callback_that_never_answers_holds_the_end_up_only_for_the_shutdown_timeout(workplace, new_gateway, rng, pulse):
    book_path = workplace / "ledger"
    hanging = True
    with sink.Sink(lambda request: sink.Reply(delay_s=20.0 if hanging else 0.0)) as application, ledger.Ledger(book_path) as book:
        gateway = new_gateway(application.url, settings={"SHUTDOWN_TIMEOUT_MS": "1000"}).start()
        load = provider.Provider(gateway.port, book, rng, 50, duplicates=0).start()
        assert application.wait_for(lambda: len(application.deliveries) >= 20, 10)
        load.finish()
        began = pulse.now()
        assert gateway.terminate() == 0
        assert pulse.now() - began <= 1.0 + GRACE_S
        hanging = False
        application.begin_next_life()
        gateway.start()
        in_flight = 64  # cut off: whether the application acted on them is unknown, so they are sent again
        verdict.settle(gateway, application, book_path, in_flight)
