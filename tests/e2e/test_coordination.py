"""A gateway with Redis: markers and limits shared through it, and nothing lost, doubled or refused when it misbehaves."""

import shutil
import subprocess
import time

import pytest
from hookgate_process import request
from test_servers import RedisServer
from waiting import wait_for
from webhooks import acme


@pytest.fixture
def redis():
    with RedisServer() as server:
        yield server


def cli(redis, *words: str) -> str:
    return subprocess.run(["redis-cli", "-p", str(redis.port), *words], check=True, capture_output=True,
                          text=True).stdout.strip()


def coordination(gateway) -> dict:
    return gateway.read("/health")["data"]["checks"]["coordination"]


def await_coordination(gateway, status: str) -> None:
    """Within two seconds, and a bit for a busy machine."""
    wait_for(lambda: coordination(gateway)["status"] == status, 4.0, f"coordination to be {status}")


def accept_and_repeat(gateway, count: int) -> list[str]:
    """Each webhook is new, and a duplicate of itself when it comes again."""
    events = []
    for _ in range(count):
        webhook = acme()
        events.append(gateway.accept(webhook))
        again = gateway.send(webhook)
        assert again.status == 200 and again.json()["data"]["eventId"] == events[-1]
    return events


def await_single_deliveries(gateway, events: list[str]) -> None:
    for event in events:
        gateway.await_status(event, "processed")
        assert len(gateway.details(event)["deliveryAttempts"]) == 1


def test_a_repetition_is_answered_from_redis(install, redis):
    gateway = install(REDIS_URL=redis.url(3)).start()
    webhook = acme()
    event = gateway.accept(webhook)
    wait_for(lambda: cli(redis, "-n", "3", "--scan", "--pattern", "hg:*:seen:*"), 5.0, "a marker")
    assert gateway.send(webhook).json()["data"]["eventId"] == event
    assert coordination(gateway)["status"] == "ok"
    keys = cli(redis, "-n", "3", "--scan")
    assert webhook.external_id not in keys and "acme" not in keys and "127.0.0.1" not in keys
    gateway.stop()


def test_a_conflicting_body_is_the_stores_to_judge(install, redis):
    gateway = install(REDIS_URL=redis.url()).start()
    webhook = acme()
    event = gateway.accept(webhook)
    answer = gateway.send(acme(webhook.external_id, event_type="payment.refunded"))
    assert answer.status == 200 and answer.json()["data"]["eventId"] == event
    assert len(gateway.audit(action="webhook.conflict")) == 1
    gateway.stop()


def test_the_limit_is_kept_in_redis(install, redis):
    gateway = install(REDIS_URL=redis.url(), WEBHOOK_RATE_LIMIT_PER_MINUTE="10").start()
    refused = [answer for answer in (gateway.send(acme()) for _ in range(25)) if answer.status == 429]
    assert refused and 1 <= int(refused[0].headers["retry-after"]) <= 60
    gateway.stop()
    gateway.start()
    # Whoever counts in process begins again and admits ten. On a busy machine a call or two may be decided in process.
    assert [gateway.send(acme()).status for _ in range(10)].count(202) < 8
    gateway.stop()


def test_redis_killed_and_started_again(install, redis):
    gateway = install(REDIS_URL=redis.url()).start()
    events = accept_and_repeat(gateway, 5)
    redis.kill()
    events += accept_and_repeat(gateway, 20)
    await_coordination(gateway, "degraded")
    health = request(gateway.port, "GET", "/api/v1/health")
    assert health.status == 200 and health.json()["data"]["status"] == "degraded"
    events += accept_and_repeat(gateway, 5)
    redis.start()
    await_coordination(gateway, "ok")
    events += accept_and_repeat(gateway, 5)
    await_single_deliveries(gateway, events)
    gateway.stop()


def test_redis_frozen(install, redis):
    gateway = install(REDIS_URL=redis.url()).start()
    events = accept_and_repeat(gateway, 5)
    redis.freeze()
    start = time.monotonic()
    events += accept_and_repeat(gateway, 50)
    assert time.monotonic() - start < 10.0
    await_coordination(gateway, "degraded")
    redis.thaw()
    await_coordination(gateway, "ok")
    events += accept_and_repeat(gateway, 5)
    await_single_deliveries(gateway, events)
    gateway.stop()


def test_redis_flushed_over_and_over(install, redis):
    gateway = install(REDIS_URL=redis.url()).start()
    events = []
    for _ in range(15):
        events += accept_and_repeat(gateway, 2)
        cli(redis, "flushall")
    await_single_deliveries(gateway, events)
    assert coordination(gateway)["status"] == "ok"
    gateway.stop()


def test_redis_full(install, redis):
    gateway = install(REDIS_URL=redis.url()).start()
    cli(redis, "config", "set", "maxmemory", "1")
    events = accept_and_repeat(gateway, 20)
    await_coordination(gateway, "degraded")
    cli(redis, "config", "set", "maxmemory", "0")
    await_coordination(gateway, "ok")
    await_single_deliveries(gateway, events)
    gateway.stop()


@pytest.mark.sqlite
def test_markers_of_a_database_that_was_put_back_are_not_believed(install, redis, callbacks):
    gateway = install(REDIS_URL=redis.url()).start()
    gateway.accept(acme())
    gateway.stop()
    kept = gateway.directory / "kept"
    kept.mkdir()
    for file in gateway.directory.glob("hookgate.db*"):
        shutil.copy(file, kept)
    gateway.start()
    webhooks = [acme() for _ in range(20)]
    for webhook in webhooks:
        gateway.accept(webhook)
    gateway.stop()
    for file in gateway.directory.glob("hookgate.db*"):
        file.unlink()
    shutil.copytree(kept, gateway.directory, dirs_exist_ok=True)
    gateway.start()
    events = [gateway.accept(webhook) for webhook in webhooks]  # 202 each: Redis remembers them, the database does not
    for event in events:
        gateway.await_status(event, "processed")
    gateway.stop()
