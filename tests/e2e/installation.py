"""A gateway of a test, and the ways a test talks to it. Every answer is held against the OpenAPI document."""

import json
import pathlib
import urllib.parse

import hookgate_process
from conformance import Conformance
from hookgate_process import ACME_SECRET, MANAGEMENT_KEY, Answer
from waiting import wait_for
from webhooks import CANARY, GLOBEX_SECRET, Webhook

conformance = Conformance()
FINAL = ("processed", "failed")


class Installation(hookgate_process.Gateway):
    def __init__(self, directory: pathlib.Path, callbacks, settings: dict[str, str] | None = None):
        self.callbacks = callbacks
        super().__init__(directory, callbacks.url("/acme"), settings={
            "GLOBEX_WEBHOOK_SECRET": GLOBEX_SECRET.decode(),
            "GLOBEX_CALLBACK_URL": callbacks.url("/globex"),
            "CALLBACK_ALLOWED_NETWORKS": "127.0.0.0/8",
            "LOG_LEVEL": "debug",
            **(settings or {})})

    def _integrations_file(self) -> pathlib.Path:
        path = self.directory / "integrations.json"
        path.write_text(json.dumps([
            {"provider": provider, "name": provider, "callbackUrl": {"env": f"{provider.upper()}_CALLBACK_URL"},
             "secrets": [{"env": f"{provider.upper()}_WEBHOOK_SECRET"}]} for provider in ("acme", "globex")]))
        return path

    # ---- requests

    def call(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None,
             key: str | None = MANAGEMENT_KEY, port: int | None = None) -> Answer:
        """One request to `path` below /api/v1, with the management key unless told otherwise."""
        given = {**({"x-internal-api-key": key} if key else {}), **(headers or {})}
        answer = hookgate_process.request(port or self.port, method, f"/api/v1{path}", body, given)
        conformance.check(method, f"/api/v1{path}", answer.status, answer.headers, answer.body)
        return answer

    def read(self, path: str, **query):
        """What a GET answers with 200: the whole document."""
        text = f"?{urllib.parse.urlencode(query)}" if query else ""
        answer = self.call("GET", path + text)
        assert answer.status == 200, f"GET {path}{text} answered {answer.status} {answer.body!r}"
        return answer.json()

    def send(self, webhook: Webhook, headers: dict[str, str] | None = None) -> Answer:
        answer = hookgate_process.request(self.port, "POST", webhook.path, webhook.body,
                                          {**webhook.headers, **(headers or {})})
        conformance.check("POST", webhook.path, answer.status, answer.headers, answer.body)
        return answer

    def accept(self, webhook: Webhook, headers: dict[str, str] | None = None) -> str:
        """Sends a new webhook and returns the id of its event."""
        answer = self.send(webhook, headers)
        assert answer.status == 202, f"{answer.status} {answer.body!r}"
        return answer.json()["data"]["eventId"]

    def replay(self, event_id: str, reason: str = "a test wants it again", **fields) -> Answer:
        body = json.dumps({"reason": reason, **fields}).encode()
        return self.call("POST", f"/events/{event_id}/replay", body, {"content-type": "application/json"})

    # ---- what became of an event

    def status(self, event_id: str) -> dict:
        return self.read(f"/events/{event_id}/status")["data"]

    def details(self, event_id: str) -> dict:
        return self.read(f"/events/{event_id}")["data"]

    def audit(self, **filters) -> list[dict]:
        return self.read("/audit-entries", pageSize=100, **filters)["data"]

    def await_status(self, event_id: str, *wanted: str, timeout_s: float = 15.0) -> dict:
        return wait_for(lambda: (status := self.status(event_id))["status"] in wanted and status, timeout_s,
                        f"event {event_id} to be {' or '.join(wanted)}")

    # ---- the process

    def log_lines(self) -> list[dict]:
        return [json.loads(line) for line in self.log_path.read_text().splitlines()]

    def stop(self) -> None:
        """SIGTERM, exit code 0, and a log of whole JSON lines that tells no secret and no payload."""
        code = self.terminate()
        assert code == 0, f"exit code {code}\n{self.log_tail()}"
        self.check_log()

    def check_log(self) -> None:
        text = self.log_path.read_text()
        for word in (ACME_SECRET.decode(), GLOBEX_SECRET.decode(), MANAGEMENT_KEY, CANARY):
            assert word not in text, f"the log tells {word}"
        for line in text.splitlines():
            assert isinstance(json.loads(line), dict), line
