"""The process is stopped for longer than a send may take, then continued: nothing stale is sent, service goes on."""

import signal
import time

import ledger
import provider
import sink
import verdict

DELIVERY_TIMEOUT_S = 0.5
CONCURRENCY = 4


def test_a_pause_beyond_the_deadline_sends_nothing_stale(workplace, new_gateway, rng, pulse, length, figure):
    # Longer than a send may take; at full length also longer than a lease (DELIVERY_TIMEOUT_MS + 15 s).
    pause_s = length(DELIVERY_TIMEOUT_S + 1.5, DELIVERY_TIMEOUT_S + 17.0)
    book_path = workplace / "ledger"
    with sink.Sink(lambda request: sink.Reply(delay_s=0.1)) as application, ledger.Ledger(book_path) as book:
        gateway = new_gateway(application.url, settings={"DELIVERY_TIMEOUT_MS": str(int(DELIVERY_TIMEOUT_S * 1000)),
                                                         "DELIVERY_CONCURRENCY": str(CONCURRENCY)}).start()
        load = provider.Provider(gateway.port, book, rng, 100, duplicates=0).start()
        assert application.wait_for(lambda: len(application.delivered) >= 20, 10)
        load.finish()  # far more is waiting in memory than is in flight
        waiting = len(book.acknowledged - application.delivered)
        assert waiting > 2 * CONCURRENCY, "nothing waits in memory"
        gateway.process.send_signal(signal.SIGSTOP)
        time.sleep(pause_s)
        application.begin_life_of_same_process()  # the pause is the fault that a duplicate may be charged to
        gateway.process.send_signal(signal.SIGCONT)
        continued = pulse.now()
        known = len(application.deliveries)
        while not application.wait_for(lambda: len(application.deliveries) > known, 0.05):
            assert pulse.now() - continued < 2.0, "deliveries do not go on"
        resumed_s = pulse.now() - continued
        after = provider.Provider(gateway.port, book, rng, 50, duplicates=0, prefix="after").start()
        assert application.wait_for(lambda: any(name.startswith("after") for name in application.delivered), 30)
        after.finish()
        report = verdict.settle(gateway, application, book_path, duplicates_max_per_fault=CONCURRENCY)
    figure(f"paused {pause_s} s with {waiting} events waiting, on again after {resumed_s:.2f} s: {report}")
