"""Plugins in the gateway's own process that misbehave: what the guard contains, and what operators do about it."""

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

import webhooks
from callbacks import Respond
from test_isolation import Load, await_taken, install_hostile, post
from waiting import wait_for


def audit(own, action):
    return wait_for(lambda: own.audit(action=action), what=f"an audit entry {action}")


def plugin_state(own, provider):
    for plugin in own.read("/plugins")["data"]["plugins"]:
        for each in plugin["providers"]:
            if each["name"] == provider:
                return plugin["state"], each["quarantined"]
    raise AssertionError(f"no {provider}")


def change(own, action, **body):
    return own.call("POST", f"/plugins/{action}", json.dumps(body).encode(), {"content-type": "application/json"})


def serve_until_it_dies(own, provider):
    """Lets the gateway run into the plugin's worst, and returns its exit code."""
    own.start()
    try:
        post(own, provider, b'{"misbehave":1}')
    except OSError:
        pass
    except Exception as error:  # http.client's own
        assert "RemoteDisconnected" in type(error).__name__ or "BadStatusLine" in type(error).__name__, error
    return own.process.wait(timeout=20)


@pytest.mark.parametrize("name", ["throws", "lies_about_sizes", "null_with_size", "keeps_pointers"])
def test_what_the_exception_barrier_and_the_checks_contain_costs_one_request(install, name):
    own = install_hostile(install(), [name]).start()
    for _ in range(3):
        answer, _ = post(own, name, b'{"misbehave":1}')
        assert 500 <= answer.status <= 599
        await_taken(own, name)
        assert own.send(webhooks.acme()).status == 202


def test_an_endless_call_quarantines_its_provider_and_nobody_else_notices(install):
    own = install_hostile(install(), ["endless_loop"]).start()
    with Load(own) as load:
        with ThreadPoolExecutor(16) as senders:
            answers = list(senders.map(lambda _: post(own, "endless_loop", b'{"misbehave":1}'), range(16)))
        for answer, _ in answers:
            assert answer.status == 503
        wait_for(lambda: plugin_state(own, "endless_loop")[0] == "quarantined")
        answer, _ = post(own, "endless_loop", b'{"good":1}')
        assert answer.status == 503 and int(answer.headers["retry-after"]) >= 1
    assert set(load.statuses) == {202}
    health = own.call("GET", "/health", key=None).json()["data"]
    assert health["status"] == "degraded" and health["checks"]["plugins"]["status"] == "degraded"
    entry = audit(own, "plugin.quarantined")[0]
    assert entry["entityId"] == "endless_loop" and "verify" in json.dumps(entry["details"])
    metrics = own.call("GET", "/metrics").body.decode()
    assert "hookgate_plugins_quarantined 1" in metrics
    # Not more than the provider's share of the threads.
    assert int(re.search(r"^hookgate_plugin_threads_stuck (\d+)$", metrics, re.M)[1]) in range(1, 1 + min(4, os.cpu_count()))
    assert 'hookgate_plugin_calls_refused_total{provider="endless_loop",reason="quarantined"}' in metrics
    # The thread cannot be waited for: the process ends without it.
    assert own.terminate() == 70
    own.start()
    await_taken(own, "endless_loop")


def test_a_provider_released_after_its_whole_share_got_stuck_serves_again(install):
    own = install_hostile(install(), ["endless_loop"]).start()
    with ThreadPoolExecutor(16) as senders:
        answers = list(senders.map(lambda _: post(own, "endless_loop", b'{"misbehave":1}'), range(16)))
    assert {answer.status for answer, _ in answers} == {503}
    wait_for(lambda: plugin_state(own, "endless_loop")[0] == "quarantined")
    result = own.command("plugins", "release", "endless_loop")
    assert result.returncode == 0, result.stdout + result.stderr
    assert post(own, "endless_loop", b'{"good":1}')[0].status == 202
    assert own.send(webhooks.acme()).status == 202
    assert own.terminate() == 70


def test_operators_quarantine_and_release_a_provider(install):
    own = install().start()
    event = webhooks.acme()
    assert own.send(event).status == 202
    result = own.command("plugins", "quarantine", "acme", "--reason", "looks odd")
    assert result.returncode == 0, result.stderr
    answer = own.send(webhooks.acme())
    assert answer.status == 503 and int(answer.headers["retry-after"]) >= 1
    assert own.send(webhooks.globex()).status == 202
    assert plugin_state(own, "acme") == ("quarantined", "looks odd")
    assert own.command("plugins", "quarantine", "acme", "--reason", "again").returncode == 1
    unknown = own.command("plugins", "quarantine", "initech", "--reason", "unknown")
    assert unknown.returncode == 1 and "no integration of this gateway" in unknown.stderr, unknown.stderr
    assert own.command("plugins", "release", "acme").returncode == 0
    assert own.send(webhooks.acme()).status == 202
    assert plugin_state(own, "acme") == ("serving", None)
    assert own.command("plugins", "release", "acme").returncode == 1
    assert [audit(own, action)[0]["entityId"] for action in ("plugin.quarantined", "plugin.released")] == ["acme", "acme"]


@pytest.mark.parametrize("body", [{}, {"provider": "acme"}, {"provider": "ACME", "reason": "x"}, {"provider": "acme", "reason": " "},
                                  {"provider": "acme", "reason": "two\nlines"}, {"provider": "acme", "reason": "x", "more": 1}])
def test_a_quarantine_without_its_provider_and_reason_is_refused(install, body):
    own = install().start()
    answer = change(own, "quarantine", **body)
    assert answer.status == 400
    assert own.send(webhooks.acme()).status == 202


def test_a_delivery_whose_plugin_is_quarantined_is_put_off_at_no_cost_until_it_is_released(install, callbacks):
    own = install(MAX_PROCESSING_RETRIES="2").start()
    webhook = webhooks.globex()
    callbacks.plan(webhook.external_id, Respond(500))
    event = own.accept(webhook)
    callbacks.await_received(webhook.external_id)
    assert change(own, "quarantine", provider="globex", reason="not now").status == 200
    callbacks.plan(webhook.external_id, Respond(200))

    def refused():
        text = own.call("GET", "/metrics").body.decode()
        found = re.search(r'^hookgate_plugin_calls_refused_total{provider="globex",reason="quarantined"} (\d+)$', text, re.M)
        return found and int(found[1]) >= 3  # more often than the event could fail

    wait_for(refused, timeout_s=30, what="tries to format it")
    status = own.status(event)
    assert status["processingAttempts"] == 1 and status["status"] in ("retrying", "processing")
    assert any(line["event"] == "deliveries held back" for line in own.log_lines())
    assert change(own, "release", provider="globex").status == 200
    own.await_status(event, "processed")
    assert own.status(event)["processingAttempts"] == 2


@pytest.mark.parametrize("name", ["segfault", "aborts", "exits"])
def test_code_that_ends_the_gateway_three_times_starts_quarantined(install, name):
    own = install_hostile(install(), [name])
    for _ in range(3):
        assert serve_until_it_dies(own, name) != 0
    own.start()
    answer, _ = post(own, name, b'{"misbehave":1}')
    assert answer.status == 503 and int(answer.headers["retry-after"]) >= 1
    assert own.send(webhooks.acme()).status == 202
    state, reason = plugin_state(own, name)
    assert state == "quarantined" and "3 times" in reason
    assert audit(own, "plugin.quarantined")
    # Released, it serves, and its past no longer counts.
    assert own.command("plugins", "release", name).returncode == 0
    await_taken(own, name)
    assert own.terminate() == 0
    own.start()
    await_taken(own, name)
