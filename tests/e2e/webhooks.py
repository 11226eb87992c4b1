"""Webhooks as acme and globex send them, signed, with content a test can recognise."""

import dataclasses
import hashlib
import hmac
import itertools
import json
import os

from hookgate_process import ACME_SECRET

GLOBEX_SECRET = b"secret-of-globex-in-tests"
# In every payload, so that a log line that carries one is found.
CANARY = "payload-canary-5b1f"

_numbers = itertools.count()


def unique(prefix: str = "evt") -> str:
    """No unique word is a part of another one."""
    return f"{prefix}-{os.getpid()}-{next(_numbers):06}"


@dataclasses.dataclass(frozen=True)
class Webhook:
    provider: str
    external_id: str
    body: bytes
    proof: dict[str, str]  # the header that proves it

    @property
    def path(self) -> str:
        return f"/api/v1/webhooks/{self.provider}"

    @property
    def headers(self) -> dict[str, str]:
        return {"content-type": "application/json", **self.proof}


def sign_acme(body: bytes, secret: bytes = ACME_SECRET) -> dict[str, str]:
    return {"x-acme-signature": hmac.digest(secret, body, hashlib.sha256).hex()}


def acme_body(body: bytes, external_id: str = "") -> Webhook:
    """Any bytes at all, signed."""
    return Webhook("acme", external_id, body, sign_acme(body))


def acme(external_id: str | None = None, *, event_type: str = "payment.settled",
         occurred_at: str = "2026-01-02T03:04:05.678Z", subject: str | None = None, data: str | None = None) -> Webhook:
    """`data` is JSON text and goes out byte for byte."""
    external_id = external_id or unique()
    data = data or json.dumps({"id": f"account-{external_id}", "note": CANARY})
    subject_member = "" if subject is None else f'"subject":{json.dumps(subject)},'
    body = (f'{{"eventId":{json.dumps(external_id)},"eventType":{json.dumps(event_type)},'
            f'"occurredAt":{json.dumps(occurred_at)},{subject_member}"data":{data}}}').encode()
    return acme_body(body, external_id)


def globex(external_id: str | None = None, *, event_type: str = "ticket.opened",
           timestamp: str = "2026-01-02T03:04:05.678Z", resource: str | None = None) -> Webhook:
    external_id = external_id or unique("gx")
    resource = resource or json.dumps({"id": f"ticket-{external_id}", "note": CANARY})
    body = (f'{{"id":{json.dumps(external_id)},"type":{json.dumps(event_type)},"timestamp":{json.dumps(timestamp)},'
            f'"resource":{resource}}}').encode()
    return Webhook("globex", external_id, body, {"x-globex-token": GLOBEX_SECRET.decode()})
