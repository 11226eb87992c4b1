"""Starting, stopping, and what outlives it."""

import json
import os
import signal
import socket
import threading

import pytest
import raw_http
from callbacks import Respond
from hookgate_process import Gateway, free_port, request
from waiting import wait_for
from webhooks import acme, globex

PRODUCTION = {"APP_ENV": "production", "MANAGEMENT_API_KEY": "management-key-of-the-tests"}


def test_a_restart_keeps_everything(install):
    own = install().start()
    webhook = acme()
    event_id = own.accept(webhook)
    own.await_status(event_id, "processed")
    before = own.details(event_id)
    trail = own.audit(entityId=event_id)
    own.stop()
    own.start()
    assert own.details(event_id) == before
    assert own.audit(entityId=event_id) == trail
    assert own.send(webhook).status == 200, "the id is still known"
    own.stop()


def test_what_was_not_delivered_is_delivered_after_a_restart(install, callbacks):
    own = install(RETRY_BASE_DELAY_MS="200", RETRY_MAX_DELAY_MS="200").start()
    webhook = acme()
    callbacks.plan(webhook.external_id, Respond(500))
    event_id = own.accept(webhook)
    own.await_status(event_id, "retrying", "processing")
    own.stop()
    callbacks.plan(webhook.external_id, Respond())
    own.start()
    own.await_status(event_id, "processed")
    own.stop()


def test_sigterm_waits_for_what_is_in_flight(install, callbacks):
    own = install().start()
    webhook = acme()
    landing = callbacks.gate()
    callbacks.plan(webhook.external_id, Respond(until=landing))
    event_id = own.accept(webhook)
    callbacks.await_received(webhook.external_id)
    timer = threading.Timer(0.7, landing.set)
    timer.start()
    own.stop()
    assert landing.is_set(), "it ended before the callback had answered"
    own.start()
    status = own.status(event_id)
    assert status["status"] == "processed" and status["processingAttempts"] == 1
    assert len(callbacks.received(webhook.external_id)) == 1
    own.stop()


def test_sigterm_ends_in_time_although_a_callback_hangs(install, callbacks):
    own = install(SHUTDOWN_TIMEOUT_MS="500", DELIVERY_TIMEOUT_MS="1000").start()
    webhook = acme()
    callbacks.plan(webhook.external_id, Respond(until=callbacks.gate()), Respond())
    event_id = own.accept(webhook)
    callbacks.await_received(webhook.external_id)
    assert own.terminate(timeout_s=5) == 0
    own.start()
    # Where other nodes may live, what was cut off is known to be over only when its lease ends.
    own.await_status(event_id, "processed", timeout_s=25)
    own.stop()


def test_sigint_ends_it_too(install):
    own = install().start()
    own.process.send_signal(signal.SIGINT)
    assert own.process.wait(timeout=15) == 0


def test_a_request_in_progress_is_answered_before_the_end(install):
    own = install().start()
    webhook = acme()
    head = (f"POST {webhook.path} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(webhook.body)}\r\n"
            + "".join(f"{name}: {value}\r\n" for name, value in webhook.headers.items()) + "\r\n").encode()
    with raw_http.connect(own.port) as connection, connection.makefile("rb") as stream:
        connection.sendall(head + webhook.body[:-1])
        wait_for(lambda: own.call("GET", "/health", key=None).status == 200)
        own.process.send_signal(signal.SIGTERM)
        wait_for(lambda: not accepts(own.port), what="the listener to close")
        connection.sendall(webhook.body[-1:])
        answer = raw_http.read_answer(stream)
    assert answer.status in (202, 503)
    assert (answer.header("connection") or "").lower() == "close"
    assert own.process.wait(timeout=15) == 0


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def test_an_idle_connection_does_not_hold_up_the_end(install):
    own = install().start()
    with raw_http.connect(own.port) as connection:
        connection.sendall(b"GET /api/v1/health HTTP/1.1\r\nhost: x\r\n\r\n")
        with connection.makefile("rb") as stream:
            raw_http.read_answer(stream)
            assert own.terminate(timeout_s=5) == 0
            assert stream.read() == b""


@pytest.mark.sqlite
def test_a_second_gateway_on_the_same_database_is_refused(install, tmp_path):
    own = install().start()
    (tmp_path / "second").mkdir()
    second = Gateway(tmp_path / "second", own.callbacks.url("/acme"), database=own.database,
                     settings={name: value for name, value in own.environment.items() if name != "APP_PORT"})
    result = second.command("serve", timeout_s=15)
    assert result.returncode not in (0, -6, -9, -11)
    assert own.database.name in result.stdout + result.stderr
    own.accept(acme())
    own.stop()


def test_a_taken_port_is_told(install):
    own = install()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", own.port))
        taken.listen()
        result = own.command("serve", timeout_s=15)
    assert result.returncode not in (0, -6, -11)
    assert str(own.port) in result.stdout + result.stderr


@pytest.mark.sqlite
def test_a_file_that_is_no_database_is_refused(install):
    own = install()
    own.database.write_bytes(b"this is not a database" * 1000)
    for name in ("-wal", "-shm"):
        own.database.with_name(own.database.name + name).unlink(missing_ok=True)
    result = own.command("serve", timeout_s=15)
    assert result.returncode not in (0, -6, -11)
    assert own.database.name in result.stdout + result.stderr


@pytest.mark.sqlite
def test_the_directory_of_the_database_is_created(install):
    own = install()
    database = own.directory / "a" / "b" / "new.db"
    own.environment["DATABASE_URL"] = f"sqlite:{database}"
    own.seed().start()
    own.accept(acme())
    assert database.exists()
    own.stop()


def test_port_0_is_any_free_port_and_the_log_tells_which(install):
    own = install(APP_PORT="0")
    own.spawn()
    line = wait_for(lambda: next((line for line in own.log_lines() if line["event"] == "listening"), None),
                    what="the line with the port")
    own.port = int(line["port"])
    assert own.call("GET", "/health", key=None).status == 200
    own.stop()


def test_closed_standard_streams_become_no_file_or_socket_of_the_gateway(install):
    own = install()
    own.spawn(wrapper=["/bin/sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-'])
    own.await_listening()
    streams = [os.readlink(f"/proc/{own.pid}/fd/{number}") for number in range(3)]
    assert streams == ["/dev/null"] * 3
    assert own.send(acme()).status == 202
    assert own.terminate() == 0


def test_seed_beside_serve_is_taken_up(install, callbacks):
    own = install().start()
    path = own.directory / "integrations.json"
    integrations = json.loads(path.read_text())
    next(each for each in integrations if each["provider"] == "globex")["active"] = False
    path.write_text(json.dumps(integrations))
    own.seed()
    wait_for(lambda: own.send(globex()).status == 404, what="globex to be switched off")
    listed = {item["provider"]: item["active"] for item in own.read("/integrations")["data"]}
    assert listed == {"acme": True, "globex": False}
    assert [item["provider"] for item in own.read("/integrations", activeOnly="true")["data"]] == ["acme"]
    assert own.send(acme()).status == 202
    next(each for each in integrations if each["provider"] == "globex")["active"] = True
    path.write_text(json.dumps(integrations))
    own.seed()
    wait_for(lambda: own.send(globex()).status == 202, what="globex to be switched on")
    assert {entry["action"] for entry in own.audit(entityType="integration")} >= {"integration.created", "integration.updated"}
    own.stop()


def test_seeding_again_changes_nothing(install):
    own = install().start()
    before = own.read("/integrations")
    trail = own.read("/audit-entries", entityType="integration")["meta"]["total"]
    own.seed()
    assert own.read("/integrations") == before
    assert own.read("/audit-entries", entityType="integration")["meta"]["total"] == trail
    own.stop()


def test_an_integration_without_its_plugin_answers_503_with_retry_after(install):
    own = install()
    path = own.directory / "integrations.json"
    integrations = json.loads(path.read_text())
    integrations.append({"provider": "initech", "name": "initech", "callbackUrl": own.callbacks.url("/initech"),
                         "secrets": [{"env": "ACME_WEBHOOK_SECRET"}]})
    path.write_text(json.dumps(integrations))
    own.seed().start()
    answer = own.call("POST", "/webhooks/initech", b"{}", key=None)
    assert answer.status == 503 and answer.json()["error"]["code"] == "DEPENDENCY_UNAVAILABLE"
    assert own.send(acme()).status == 202
    health = own.read("/health")["data"]
    assert health["status"] == "degraded" and health["checks"]["plugins"]["status"] == "degraded"
    own.stop()


def test_the_management_address_takes_the_keyed_routes_with_it(install):
    port = free_port()
    own = install(MANAGEMENT_ADDRESS=f"127.0.0.1:{port}").start()
    event_id = own.accept(acme())
    for path in ("/events", f"/events/{event_id}", "/metrics", "/integrations"):
        assert own.call("GET", path).status == 404, path
        assert own.call("GET", path, port=port).status == 200, path
        assert own.call("GET", path, port=port, key=None).status == 401, path
    webhook = acme()
    assert request(port, "POST", webhook.path, webhook.body, webhook.headers).status == 404
    assert own.call("GET", "/health", key=None).status == 200
    own.stop()


@pytest.mark.parametrize("settings, wanted", [({}, 202), ({"APP_ENV": "development"}, 202), (PRODUCTION, 404)], ids=str)
def test_the_delivery_sink_is_not_in_production(install, settings, wanted):
    own = install(**settings).start()
    answer = own.call("POST", "/internal/delivery-sink/acme", b'{"data":{}}', key=None)
    assert answer.status == wanted
    if wanted == 202:
        for body in (b'{"simulateFailure":true}', b'{"data":{"simulateFailure":true}}'):
            assert own.call("POST", "/internal/delivery-sink/acme", body, key=None).status == 500
        for body in (b"", b"no json", b'{"simulateFailure":"true"}', b'{"data":{"x":{"simulateFailure":true}}}'):
            assert own.call("POST", "/internal/delivery-sink/acme", body, key=None).status == 202
    own.stop()


@pytest.mark.parametrize("make", [acme, globex])
def test_a_failure_can_be_simulated_from_the_webhook_on(install, make):
    own = install(MAX_PROCESSING_RETRIES="2")
    for name in ("ACME", "GLOBEX"):
        own.environment[f"{name}_CALLBACK_URL"] = f"http://127.0.0.1:{own.port}/api/v1/internal/delivery-sink/{name.lower()}"
    own.start()
    content = {"data" if make is acme else "resource": '{"id":"x","simulateFailure":true}'}
    failed = own.accept(make(**content))
    delivered = own.accept(make())
    own.await_status(failed, "failed")
    own.await_status(delivered, "processed")
    assert own.details(failed)["deliveryAttempts"][0]["httpStatus"] == 500
    own.stop()


def test_ingest_and_delivery_can_run_one_after_the_other(install, callbacks):
    own = install()
    webhook = acme()
    own.start(role="ingest")
    event_id = own.accept(webhook)
    assert own.status(event_id)["status"] == "pending"
    own.stop()
    assert callbacks.received(webhook.external_id) == []
    own.start(role="delivery")
    callbacks.await_received(webhook.external_id)
    own.await_status(event_id, "processed")
    own.stop()
