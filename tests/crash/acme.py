"""Signed acme webhooks whose content a test can recognise when it comes out at the callback."""

import dataclasses
import hashlib
import hmac
import http.client
import random

import hookgate_process

PATH = "/api/v1/webhooks/acme"


@dataclasses.dataclass(frozen=True)
class Webhook:
    external_id: str
    body: bytes
    data_sha256: str  # of the value of "data", byte by byte as it was sent

    def headers(self) -> dict[str, str]:
        signature = hmac.digest(hookgate_process.ACME_SECRET, self.body, hashlib.sha256).hex()
        return {"content-type": "application/json", "x-acme-signature": signature, "x-correlation-id": self.external_id}

    def head(self, port: int) -> bytes:
        lines = [f"POST {PATH} HTTP/1.1", f"host: 127.0.0.1:{port}", f"content-length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers().items()]
        return "\r\n".join(lines).encode() + b"\r\n\r\n"


def webhook(external_id: str, rng: random.Random, filler_bytes: int = 400) -> Webhook:
    # Numbers and key order that a re-serialisation would change.
    data = (f'{{"z":1.10,"id":"account-{rng.randrange(1000)}","a":12345678901234567890,'
            f'"note":"{rng.randbytes(filler_bytes // 2).hex()}"}}').encode()
    body = (b'{"eventId":"' + external_id.encode() + b'","eventType":"payment.settled",'
            b'"occurredAt":"2026-01-01T00:00:00.000Z","data":' + data + b"}")
    return Webhook(external_id, body, hashlib.sha256(data).hexdigest())


def send(port: int, hook: Webhook, timeout_s: float = 10.0) -> hookgate_process.Answer | None:
    """The gateway's answer, or None when the connection broke before there was one."""
    try:
        return hookgate_process.request(port, "POST", PATH, hook.body, hook.headers(), timeout_s)
    except (OSError, http.client.HTTPException):
        return None
