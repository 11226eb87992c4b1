"""A callback that closes a reused connection without an answer: whether it has acted on the request is unknown, so the
attempt is over. Its HTTP client must not send it again behind the gateway's back."""

import collections

import acme
import sink

EVENTS = 60


def close_reused_connections_once(request: sink.Request) -> sink.Reply:
    return sink.Reply(0 if request.nth_on_connection > 1 and request.attempt == 1 else 200)


def test_an_attempt_is_sent_once_when_a_reused_connection_closes_without_an_answer(new_gateway, rng, figure):
    with sink.Sink(close_reused_connections_once) as application:
        gateway = new_gateway(application.url, settings={"DELIVERY_CONCURRENCY": "1"}).start()
        hooks = [acme.webhook(f"evt-{number}", rng) for number in range(EVENTS)]
        for hook in hooks:
            assert acme.send(gateway.port, hook).status == 202
        gateway.await_drained()
        sends = application.snapshot()
        unanswered = [send for send in sends if send.status == 0]
        assert len(unanswered) >= EVENTS // 4, "connections are hardly ever reused: nothing was tested"
        count = collections.Counter((send.webhook_id, send.attempt) for send in sends)
        assert [key for key, times in count.items() if times > 1] == []
        assert application.delivered == {hook.external_id for hook in hooks}
        for send in unanswered:  # the next one is a new attempt, and recorded as such
            later = [other.attempt for other in sends if other.webhook_id == send.webhook_id and other.attempt > send.attempt]
            assert later == [2], later
        assert not application.problems
        figure(f"{len(unanswered)} of {len(sends)} sends closed without an answer, none repeated")
