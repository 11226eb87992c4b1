"""The webhooks of the benchmark: about 700 bytes, each with an id of its own, signed before the clock starts."""

import hashlib
import hmac
import pathlib

SECRET = b"bench-secret-of-acme"
TAIL = (
    '","eventType":"payment.settled","occurredAt":"2026-01-01T00:00:00.000Z","subject":"account-4711",'
    '"data":{"id":"account-4711","amount":1234.50,"currency":"EUR","note":"' + "n" * 480 + '"}}'
)


def body(run: str, number: int) -> bytes:
    return f'{{"eventId":"bench-{run}-{number:09d}{TAIL}'.encode()


def signature(payload: bytes) -> str:
    return hmac.digest(SECRET, payload, hashlib.sha256).hex()


def write_signatures(path: pathlib.Path, run: str, count: int) -> None:
    with path.open("w") as file:
        for number in range(count):
            file.write(signature(body(run, number)))
