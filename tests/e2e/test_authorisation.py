"""The key, and every way around it that does not work."""

import json

import pytest
import raw_http
from hookgate_process import MANAGEMENT_KEY
from installation import conformance
from waiting import wait_for

NO_EVENT = "01890000-0000-7000-8000-000000000000"
KEYED = ["/metrics", "/integrations", "/events", f"/events/{NO_EVENT}", f"/events/{NO_EVENT}/status",
         f"/processing-status/{NO_EVENT}", "/deliveries", "/audit-entries"]
KEY = ("x-internal-api-key", MANAGEMENT_KEY)
BEARER = ("authorization", f"Bearer {MANAGEMENT_KEY}")


def ask(gateway, target: str, *headers: tuple[str, str], method: str = "GET") -> raw_http.RawAnswer:
    return raw_http.exchange(gateway.port, raw_http.head(method, target, list(headers)), method)


@pytest.mark.parametrize("path", KEYED)
def test_every_keyed_route_needs_the_key(gateway, path):
    for key in (None, "wrong", MANAGEMENT_KEY + "x", MANAGEMENT_KEY[:-1], MANAGEMENT_KEY.upper()):
        answer = gateway.call("GET", path, key=key)
        assert answer.status == 401, key
        assert answer.json()["error"]["code"] == "UNAUTHORIZED"
    assert gateway.call("GET", path).status in (200, 404)
    assert gateway.call("GET", path, headers=dict([BEARER]), key=None).status in (200, 404)
    assert gateway.call("HEAD", path, key=None).status == 401


def test_a_replay_needs_the_key(gateway):
    answer = gateway.call("POST", f"/events/{NO_EVENT}/replay", b'{"reason":"long enough"}',
                          {"content-type": "application/json"}, key=None)
    assert answer.status == 401


@pytest.mark.parametrize("path", ["/health", "/openapi.yaml"])
def test_public_routes_do_not(gateway, path):
    assert gateway.call("GET", path, key=None).status == 200
    assert gateway.call("GET", path, key="wrong").status == 200


@pytest.mark.parametrize("headers", [
    [KEY, KEY], [BEARER, BEARER], [KEY, BEARER], [KEY, ("x-internal-api-key", "wrong")],
    [("x-internal-api-key", "wrong"), KEY], [KEY, ("authorization", "Basic eDp5")],
    [("x-internal-api-key", f"{MANAGEMENT_KEY}, {MANAGEMENT_KEY}")], [("x-internal-api-key", f'"{MANAGEMENT_KEY}"')],
    [("x-internal-api-key", "")], [("authorization", MANAGEMENT_KEY)], [("authorization", f"Basic {MANAGEMENT_KEY}")],
    [("authorization", "Bearer")], [("authorization", f"Bearer{MANAGEMENT_KEY}")],
    [("authorization", f"Bearer {MANAGEMENT_KEY} x")], [("x_internal_api_key", MANAGEMENT_KEY)],
    [("cookie", f"x-internal-api-key={MANAGEMENT_KEY}")], [("proxy-authorization", f"Bearer {MANAGEMENT_KEY}")]], ids=str)
def test_a_key_that_is_doubled_or_elsewhere_is_none(gateway, headers):
    assert ask(gateway, "/api/v1/events", *headers).status == 401


def test_a_key_in_the_query_is_none(gateway):
    for name in ("x-internal-api-key", "key", "api_key", "access_token"):
        assert gateway.call("GET", f"/events?{name}={MANAGEMENT_KEY}", key=None).status == 401


def test_the_name_of_the_header_is_matched_in_either_case(gateway):
    assert ask(gateway, "/api/v1/events", ("X-Internal-API-Key", MANAGEMENT_KEY)).status == 200
    assert ask(gateway, "/api/v1/events", ("AUTHORIZATION", f"BEARER {MANAGEMENT_KEY}")).status == 200


# Spellings of /api/v1/events, and whether it is the same route.
SPELLINGS = {
    "/api/v1/%65vents": True, "/%61pi/v1/events": True, "/api/v1/%65%76%65%6E%74%73": True, "/api/v1/events?": True,
    "/api/v1/events?page=1": True,
    "/api/v1//events": False, "//api/v1/events": False, "/api/v1/./events": False, "/./api/v1/events": False,
    "/api/v1/health/../events": False, "/api/v1/%2e/events": False, "/api/v1/health/%2e%2e/events": False,
    "/api/v1/.%2e/v1/events": False, "/api/v1/events/": False, "/api/v1/events/.": False, "/api/v1/events%2f": False,
    "/api/v1%2fevents": False, "/api%2Fv1%2Fevents": False, "/api/v1/%252fevents": False, "/api/v1/%2565vents": False,
    "/API/v1/events": False, "/api/v1/EVENTS": False, "/api/V1/events": False, "/api/v1/events;x": False,
    "/api/v1/events;x=1": False, "/api;x/v1/events": False, "/api/v1/events%00": False, "/api/v1/events%20": False,
    "/api/v1/events%0d%0a": False, "/api/v1/events%3fpage=1": False, "/api/v1/events%23": False, "/api/v1/events.json": False,
    "/api/v1\\events": False, "/api/v1/%5cevents": False, "/api/v1/%c0%afevents": False, "/api/v1/ev%c4%b1ents": False,
    "/api/v1/%ff": False, "/api/v1/%": False, "/api/v1/%6": False, "/api/v1/%zz": False, "api/v1/events": False,
    "/api/v1/events#x": False, "*": False, "": False,
}


@pytest.mark.parametrize("target", SPELLINGS, ids=repr)
def test_no_spelling_of_a_path_gets_around_the_key(gateway, target):
    answer = ask(gateway, target)
    assert answer.status == 401 if SPELLINGS[target] else answer.status in (400, 401, 404), answer
    assert b'"data"' not in answer.body and answer.body
    with_key = ask(gateway, target, KEY)
    assert (with_key.status == 200) == SPELLINGS[target], with_key


@pytest.mark.parametrize("target", ["http://127.0.0.1/api/v1/events", "HTTP://127.0.0.1/api/v1/events",
                                    "http://x@127.0.0.1/api/v1/events", "https://127.0.0.1/api/v1/events"])
def test_an_absolute_target_gets_around_nothing(gateway, target):
    answer = ask(gateway, target)
    assert answer.status in (400, 401)


@pytest.mark.parametrize("headers", [
    [("x-original-url", "/api/v1/health")], [("x-rewrite-url", "/api/v1/health")], [("x-forwarded-prefix", "/x")],
    [("x-forwarded-host", "127.0.0.1")], [("x-forwarded-for", "127.0.0.1")], [("x-http-method-override", "OPTIONS")],
    [("x-method-override", "OPTIONS")], [("forwarded", "for=127.0.0.1;host=localhost")], [("upgrade", "h2c")],
    [("content-length", "0")], [("te", "trailers")]], ids=str)
def test_no_header_gets_around_the_key(gateway, headers):
    assert ask(gateway, "/api/v1/events", *headers).status in (400, 401)


@pytest.mark.parametrize("host", ["localhost", "internal", "127.0.0.1:1", "[::1]"])
def test_no_host_gets_around_the_key(gateway, host):
    request = f"GET /api/v1/events HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n".encode()
    assert raw_http.exchange(gateway.port, request).status == 401


@pytest.mark.parametrize("method", ["get", "Get", "POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "LINK", "FOO", "GETX"])
def test_no_method_gets_around_the_key(gateway, method):
    for headers in ([], [KEY]):
        answer = ask(gateway, "/api/v1/events", *headers, method=method)
        assert answer.status in (400, 405, 501), answer
        assert b'"data"' not in answer.body


def test_connect_is_refused(gateway):
    assert ask(gateway, "127.0.0.1:80", method="CONNECT").status in (400, 404, 405)


def test_options_tells_the_methods_and_nothing_else(gateway):
    for path, methods in (("/events", {"GET", "HEAD", "OPTIONS"}), (f"/events/{NO_EVENT}/replay", {"POST", "OPTIONS"}),
                          ("/health", {"GET", "HEAD", "OPTIONS"})):
        for key in (None, MANAGEMENT_KEY):
            answer = gateway.call("OPTIONS", path, key=key)
            assert answer.status == 204 and answer.body == b""
            assert {method.strip() for method in answer.headers["allow"].split(",")} == methods
    assert gateway.call("OPTIONS", "/nothing", key=None).status == 404


def test_an_unknown_path_is_404_and_another_method_405_with_or_without_the_key(gateway):
    for key in (None, "wrong", MANAGEMENT_KEY):
        for path in ("/nothing", "/", "", "/events/x/y/z", "/internal", "/webhooks", "/webhooks/"):
            answer = gateway.call("GET", path, key=key)
            assert answer.status == 404, path
            assert answer.json()["error"]["code"] == "NOT_FOUND"
        answer = gateway.call("DELETE", "/events", key=key)
        assert answer.status == 405
        assert {method.strip() for method in answer.headers["allow"].split(",")} == {"GET", "HEAD", "OPTIONS"}
        assert gateway.call("POST", "/health", b"", key=key).status == 405
        assert gateway.call("GET", f"/events/{NO_EVENT}/replay", key=key).status == 405


def test_head_is_get_without_the_body(gateway):
    for path in ("/events", "/health", "/integrations", "/openapi.yaml"):
        head = ask(gateway, f"/api/v1{path}", KEY, method="HEAD")
        get = ask(gateway, f"/api/v1{path}", KEY)
        assert head.status == get.status == 200 and head.body == b""
        assert head.header("content-type") == get.header("content-type")
        assert head.header("content-length") == get.header("content-length")
    assert gateway.call("HEAD", f"/events/{NO_EVENT}").status == 404


def test_two_requests_on_one_connection_are_judged_each_for_itself(gateway):
    with raw_http.connect(gateway.port) as connection:
        keyed = f"GET /api/v1/events HTTP/1.1\r\nhost: x\r\nx-internal-api-key: {MANAGEMENT_KEY}\r\n\r\n"
        bare = "GET /api/v1/events HTTP/1.1\r\nhost: x\r\n\r\n"
        connection.sendall((keyed + bare + keyed).encode())
        with connection.makefile("rb") as stream:
            assert [raw_http.read_answer(stream).status for _ in range(3)] == [200, 401, 200]


def test_failures_are_in_the_audit_trail_without_the_key_that_was_tried(install):
    own = install().start()
    own.call("GET", "/events", key="a-key-that-was-guessed")
    own.call("GET", "/events", key=None)
    entries = wait_for(lambda: len(found := own.audit(action="auth.failed")) == 2 and found, what="both entries")
    assert {entry["entityType"] for entry in entries} == {"api"}
    text = json.dumps(entries) + own.log_path.read_text()
    assert "a-key-that-was-guessed" not in text
    assert "127.0.0.1" in text
    own.stop()


def test_strangers_cannot_fill_the_audit_trail(install):
    own = install().start()
    for _ in range(200):
        own.call("GET", "/events", key="wrong")
    wait_for(lambda: own.audit(action="auth.failed"))
    assert own.read("/audit-entries", action="auth.failed")["meta"]["total"] <= 60
    own.stop()


def test_the_document_names_as_public_what_is_public(gateway):
    for method, path, operation in conformance.operations():
        if operation.get("security") == [] or method != "GET":
            continue
        answer = gateway.call("GET", path.replace("{id}", NO_EVENT).replace("{provider}", "acme"), key=None)
        assert answer.status == 401, path
