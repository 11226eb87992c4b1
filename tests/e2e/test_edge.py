"""Limits and addresses at the door: sizes, rates, proxies, encodings, framing."""

import json

import pytest
import raw_http
from hookgate_process import request
from installation import conformance
from waiting import wait_for
from webhooks import acme, globex

SETTINGS = {"MAX_BODY_BYTES": "65536"}


def post(webhook, *headers: tuple[str, str], body: bytes | None = None, length: str | None = None) -> bytes:
    body = webhook.body if body is None else body
    given = [*webhook.headers.items(), *headers]
    if length != "":
        given.append(("content-length", length or str(len(body))))
    return raw_http.head("POST", webhook.path, given) + body


def test_a_body_of_the_limit_is_taken_and_one_byte_more_is_413(gateway):
    def padded(length: int):
        return acme("full", data=json.dumps({"id": "full", "pad": "x" * length}))

    largest = padded(65536 - len(padded(0).body))
    assert len(largest.body) == 65536
    assert gateway.send(largest).status == 202
    answer = raw_http.exchange(gateway.port, post(acme(), body=b" " * 65537))
    assert answer.status == 413
    assert json.loads(answer.body)["error"]["code"] == "PAYLOAD_TOO_LARGE"


def test_a_length_beyond_the_limit_is_refused_before_the_body_is_sent(gateway):
    answer = raw_http.exchange(gateway.port, post(acme(), body=b"", length=str(10**9)))
    assert answer.status == 413


def test_a_chunked_body_is_taken_and_its_size_is_limited_too(gateway):
    webhook = acme()
    half = len(webhook.body) // 2
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (webhook.body[:half], webhook.body[half:], b""))
    answer = raw_http.exchange(gateway.port, post(webhook, ("transfer-encoding", "chunked"), body=chunks, length=""))
    assert answer.status == 202
    endless = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
    answer = raw_http.exchange(gateway.port, post(webhook, ("transfer-encoding", "chunked"), body=endless * 3, length=""))
    assert answer.status == 413


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip", "x"])
def test_an_encoded_body_is_415(gateway, encoding):
    answer = gateway.send(acme(), {"content-encoding": encoding})
    assert answer.status == 415
    assert answer.json()["error"]["code"] == "UNSUPPORTED_MEDIA_TYPE"


def test_identity_is_no_encoding(gateway):
    assert gateway.send(acme(), {"content-encoding": "identity"}).status == 202


def test_expect_continue_is_answered_before_the_body(gateway):
    webhook = acme()
    head = raw_http.head("POST", webhook.path, [*webhook.headers.items(), ("content-length", str(len(webhook.body))),
                                                ("expect", "100-continue")])
    with raw_http.connect(gateway.port) as connection, connection.makefile("rb") as stream:
        connection.sendall(head)
        assert raw_http.read_answer(stream).status == 100
        connection.sendall(webhook.body)
        assert raw_http.read_answer(stream).status == 202


def test_a_doubled_proof_is_401(gateway):
    for webhook in (acme(), globex()):
        (proof,) = webhook.proof.items()
        assert raw_http.exchange(gateway.port, post(webhook, proof)).status == 401
        assert raw_http.exchange(gateway.port, post(webhook, (proof[0], "x"))).status == 401


@pytest.mark.parametrize("lines", [
    b"content-length: 5\r\ntransfer-encoding: chunked\r\n", b"content-length: 2\r\ncontent-length: 3\r\n",
    b"content-length: 2\r\ncontent-length: 2\r\n", b"content-length: +2\r\n", b"content-length: 2 2\r\n",
    b"content-length: -1\r\n", b"content-length: 0x2\r\n", b"transfer-encoding: gzip, chunked\r\n",
    b"transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n", b"transfer-encoding : chunked\r\n",
    b"x: a\r\n b\r\n", b"x: a\x00b\r\n", b"x: a\nb: c\r\n", b"host: second\r\n", b": novalue\r\n", b"x y: z\r\n"],
    ids=repr)
def test_what_is_framed_wrong_is_400_in_the_envelope_and_ends_the_connection(gateway, lines):
    smuggled = b"GET /api/v1/health HTTP/1.1\r\nhost: x\r\n\r\n"
    answer = raw_http.exchange(gateway.port, b"POST /api/v1/webhooks/acme HTTP/1.1\r\nhost: x\r\n" + lines + b"\r\n" + smuggled)
    assert answer.status == 400
    conformance.check("POST", "/api/v1/webhooks/acme", answer.status, dict(answer.headers), answer.body)


@pytest.mark.parametrize("head", [
    b"GET /api/v1/health HTTP/1.1\r\n\r\n", b"GET /api/v1/health HTTP/1.1\r\nhost: a b\r\n\r\n",
    b"GET /api/v1/health HTTP/2.0\r\nhost: x\r\n\r\n", b"GET /api/v1/health\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\r\n\r\n"],
    ids=repr)
def test_what_is_no_http_1_is_400(gateway, head):
    assert raw_http.exchange(gateway.port, head).status in (400, 505)


def test_too_many_headers_are_refused_and_harm_nobody(gateway):
    many = [(f"x-{number}", "1") for number in range(150)]
    large = [("x-large", "1" * 20_000)]
    for headers in (many, large):
        answer = raw_http.exchange(gateway.port, raw_http.head("GET", "/api/v1/health", headers))
        assert answer.status in (400, 431)
    assert gateway.call("GET", "/health", key=None).status == 200


def test_requests_on_one_connection_are_answered_in_order(gateway):
    webhooks = [acme() for _ in range(10)]
    pipelined = b"".join(
        b"POST %s HTTP/1.1\r\nhost: x\r\nx-correlation-id: in-order-%d\r\ncontent-length: %d\r\n%s\r\n\r\n%s" % (
            each.path.encode(), number, len(each.body),
            b"\r\n".join(f"{name}: {value}".encode() for name, value in each.headers.items()), each.body)
        for number, each in enumerate(webhooks))
    with raw_http.connect(gateway.port) as connection, connection.makefile("rb") as stream:
        connection.sendall(pipelined)
        answers = [raw_http.read_answer(stream) for _ in webhooks]
    assert [answer.status for answer in answers] == [202] * 10
    assert [answer.header("x-correlation-id") for answer in answers] == [f"in-order-{number}" for number in range(10)]


def test_a_client_that_goes_away_half_way_is_nobody_s_problem(gateway):
    webhook = acme()
    for cut in (10, 60, len(post(webhook)) - 5):
        with raw_http.connect(gateway.port) as connection:
            connection.sendall(post(webhook)[:cut])
    assert gateway.send(webhook).status == 202


# ---- how often

def test_a_sender_over_its_rate_is_429_with_retry_after(install):
    own = install(WEBHOOK_RATE_LIMIT_PER_MINUTE="5").start()
    answers = [own.send(acme()) for _ in range(8)]
    assert [answer.status for answer in answers[:5]] == [202] * 5
    limited = [answer for answer in answers if answer.status == 429]
    assert limited and limited[0].json()["error"]["code"] == "RATE_LIMITED"
    assert 1 <= int(limited[0].headers["retry-after"]) <= 60
    assert own.send(globex()).status == 202, "the limit is per provider"
    assert own.call("GET", "/events").status == 200, "only webhooks are limited"
    assert own.call("POST", "/webhooks/unknown", b"{}", key=None).status == 404
    own.stop()


def statuses(own, *forwarded: str) -> list[int]:
    return [own.send(acme(), {"x-forwarded-for": address} if address else {}).status for address in forwarded]


def test_x_forwarded_for_of_a_stranger_is_not_believed(install):
    own = install(WEBHOOK_RATE_LIMIT_PER_MINUTE="2").start()
    assert statuses(own, "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4")[2:] == [429, 429]
    event = own.read("/events", pageSize=1)["data"][0]
    assert own.details(event["id"])["webhook"]["sourceIp"] == "127.0.0.1"
    own.stop()


def test_x_forwarded_for_of_a_trusted_proxy_tells_the_sender(install):
    own = install(WEBHOOK_RATE_LIMIT_PER_MINUTE="2", TRUSTED_PROXIES="127.0.0.0/8,10.9.0.0/16").start()
    assert statuses(own, "10.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.2") == [202, 202, 429, 202]
    # From the right: what a sender claims of itself on the left is not read.
    assert statuses(own, "1.1.1.1, 10.0.0.1", "2.2.2.2, 10.0.0.1, 10.9.0.1") == [429, 429]
    event_id = own.accept(acme(), {"x-forwarded-for": "6.6.6.6, 2001:DB8:0::7, 10.9.1.1"})
    assert own.details(event_id)["webhook"]["sourceIp"] == "2001:db8::7"
    for garbage in ("", "unknown", "10.0.0.300", "' OR 1=1", "10.0.0.5:80x"):
        answer = own.send(acme(), {"x-forwarded-for": garbage})
        assert answer.status in (202, 429), garbage
    own.stop()


def test_other_headers_never_tell_the_sender(install):
    own = install(TRUSTED_PROXIES="127.0.0.1/32").start()
    event_id = own.accept(acme(), {"x-real-ip": "6.6.6.6", "forwarded": "for=6.6.6.6", "true-client-ip": "6.6.6.6"})
    assert own.details(event_id)["webhook"]["sourceIp"] == "127.0.0.1"
    own.stop()


# ---- how many

def test_connections_beyond_the_limit_do_not_stop_those_that_are_there(install):
    own = install(MAX_CONNECTIONS="40", MAX_CONNECTIONS_PER_PEER="40").start()
    idle = [raw_http.connect(own.port) for _ in range(60)]
    try:
        first = idle[0]
        with first.makefile("rb") as stream:
            first.sendall(b"GET /api/v1/health HTTP/1.1\r\nhost: x\r\n\r\n")
            assert raw_http.read_answer(stream).status == 200
    finally:
        for connection in idle:
            connection.close()
    def answers():
        try:
            return request(own.port, "GET", "/api/v1/health", timeout_s=2).status == 200
        except OSError:
            return False
    wait_for(answers, what="an answer after the crowd has left")
    own.stop()
