"""Health, metrics and logs tell the truth, and nothing that should stay inside."""

import re

from callbacks import Respond
from hookgate_process import MANAGEMENT_KEY, request
from waiting import wait_for
from webhooks import CANARY, acme, globex

SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)')


def metrics(gateway) -> dict[tuple[str, frozenset], float]:
    """Every sample by name and labels."""
    answer = gateway.call("GET", "/metrics")
    assert answer.status == 200
    samples = {}
    for line in answer.body.decode().splitlines():
        if line.startswith("#") or not line:
            continue
        name, labels, value = SAMPLE.fullmatch(line).groups()
        pairs = frozenset(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or ""))
        assert (name, pairs) not in samples, f"twice: {line}"
        samples[name, pairs] = float(value)
    return samples


def total(samples, name: str, **labels) -> float:
    wanted = set(labels.items())
    return sum(value for (each, pairs), value in samples.items() if each == name and wanted <= pairs)


def test_health_is_ok_and_says_what_it_looked_at(gateway):
    data = gateway.call("GET", "/health", key=None).json()["data"]
    assert data["status"] == "ok"
    assert {name: check["status"] for name, check in data["checks"].items()} == {
        "database": "ok", "coordination": "ok", "plugins": "ok", "queue": "ok"}


def test_metrics_are_prometheus_text_with_help_and_type(gateway):
    answer = gateway.call("GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    text = answer.body.decode()
    named = {SAMPLE.fullmatch(line)[1] for line in text.splitlines() if line and not line.startswith("#")}
    typed = set(re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE))
    helped = set(re.findall(r"^# HELP (\S+) ", text, re.MULTILINE))
    assert typed == helped
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in named} <= typed | named


def test_webhooks_are_counted_by_provider_and_outcome(gateway):
    before = metrics(gateway)
    webhook = acme()
    gateway.send(webhook)
    gateway.send(webhook)
    gateway.send(acme(), {"x-acme-signature": "0" * 64})
    gateway.send(globex())

    def counted():
        now = metrics(gateway)
        change = [total(now, "hookgate_webhooks_total", provider=provider, outcome=outcome)
                  - total(before, "hookgate_webhooks_total", provider=provider, outcome=outcome)
                  for provider, outcome in (("acme", "stored"), ("acme", "duplicate"), ("acme", "rejected"), ("globex", "stored"))]
        return change == [1, 1, 1, 1]

    wait_for(counted, what="the counters")


def test_deliveries_and_failures_are_counted(gateway, callbacks):
    before = metrics(gateway)
    webhook = acme()
    callbacks.plan(webhook.external_id, Respond(500), Respond())
    gateway.await_status(gateway.accept(webhook), "processed")
    gateway.call("GET", "/events", key="wrong")

    def counted():
        now = metrics(gateway)
        change = {name: total(now, f"hookgate_{name}", **labels) - total(before, f"hookgate_{name}", **labels)
                  for name, labels in (("auth_failures_total", {}), ("deliveries_total", {}),
                                       ("delivery_duration_seconds_count", {}))}
        retried = total(now, "hookgate_deliveries_total", outcome="retry") > total(before, "hookgate_deliveries_total", outcome="retry")
        return change["auth_failures_total"] == 1 and change["deliveries_total"] >= 2 and retried

    wait_for(counted, what="the counters")


def test_plugin_calls_and_the_process_are_measured(gateway):
    gateway.await_status(gateway.accept(globex()), "processed")
    samples = metrics(gateway)
    for step in ("verify", "normalize", "format"):
        assert total(samples, "hookgate_plugin_call_duration_seconds_count", provider="globex", step=step) > 0, step
    assert total(samples, "process_resident_memory_bytes") > 1_000_000
    assert total(samples, "process_open_fds") > 3


def test_strangers_cannot_grow_the_labels(gateway):
    before = len(metrics(gateway))
    for number in range(50):
        request(gateway.port, "POST", f"/api/v1/webhooks/stranger-{number}", b"{}")
        request(gateway.port, "GET", f"/api/v1/nothing-{number}")
    gateway.call("GET", "/events", key="wrong")
    assert len(metrics(gateway)) <= before + 10
    assert b"stranger" not in gateway.call("GET", "/metrics").body


def test_failed_events_show_as_queue_depth(gateway, callbacks):
    webhook = acme()
    callbacks.plan(webhook.external_id, Respond(410))
    gateway.await_status(gateway.accept(webhook), "failed")
    text = gateway.call("GET", "/metrics").body.decode()
    assert re.search(r'^hookgate_\w+\{[^}]*"failed"[^}]*\} [1-9]', text, re.MULTILINE)


def test_every_line_about_a_webhook_carries_its_correlation_id(gateway, callbacks):
    webhook = acme()
    callbacks.plan(webhook.external_id, Respond(500), Respond())
    event_id = gateway.accept(webhook, {"x-correlation-id": "follow-me-4711"})
    gateway.await_status(event_id, "processed")
    lines = wait_for(lambda: len(found := [line for line in gateway.log_lines() if line.get("correlation_id") == "follow-me-4711"]) >= 2
                     and found, what="the lines of one webhook")
    assert {"ts", "level", "event"} <= set(lines[0])
    about = [line for line in gateway.log_lines() if event_id in line.values()]
    assert about and all(line.get("correlation_id") == "follow-me-4711" for line in about)


def test_a_refused_webhook_is_in_the_log_with_its_reason(gateway):
    gateway.send(acme(), {"x-acme-signature": "0" * 64, "x-correlation-id": "refused-4711"})
    line = wait_for(lambda: next((line for line in gateway.log_lines() if line.get("correlation_id") == "refused-4711"), None))
    assert line["level"] == "warning" and line["reason"]


def test_no_line_carries_a_secret_a_signature_or_a_payload(gateway):
    webhook, other = acme(), globex()
    gateway.accept(webhook)
    gateway.accept(other)
    gateway.send(acme(), {"x-acme-signature": "f00d" * 16})
    gateway.send(globex(), {"x-globex-token": "a-token-that-was-guessed"})
    gateway.call("GET", f"/events?subject={CANARY}")
    text = gateway.log_path.read_text()
    for word in (webhook.proof["x-acme-signature"], "f00d" * 16, "a-token-that-was-guessed", CANARY):
        assert word not in text, word
    gateway.check_log()


def test_what_strangers_send_cannot_forge_a_line(gateway):
    request(gateway.port, "GET", "/api/v1/events%22%7D%7B%22event%22%3A%22forged", headers={"x-internal-api-key": "x"})
    request(gateway.port, "POST", "/api/v1/webhooks/acme", b"{}", {"x-correlation-id": '"}{"event":"forged"'})
    assert not any(line["event"] == "forged" for line in gateway.log_lines())


def test_answers_carry_no_secret(gateway):
    for path in ("/events", "/integrations", "/deliveries", "/audit-entries", "/metrics", "/health"):
        text = gateway.call("GET", path).body.decode()
        assert MANAGEMENT_KEY not in text and "secret-of-" not in text, path


def test_health_and_errors_are_not_to_be_cached_or_sniffed(gateway):
    for path in ("/health", "/events", "/nothing"):
        answer = gateway.call("GET", path)
        assert answer.headers["content-type"].startswith(("application/json",)), path
    assert gateway.call("GET", "/health", key=None).headers["cache-control"] == "no-store"
