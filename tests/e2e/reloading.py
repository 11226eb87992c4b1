"""A gateway with a plugins directory of its own, whose provider `versioned` has several versions (tests/abi/plugins)."""

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import threading

from hookgate_process import build_directory
from installation import Installation
from waiting import wait_for
from webhooks import CANARY, Webhook, unique

TOKEN = "token-of-versioned-in-tests"


def plugin_file(name: str) -> pathlib.Path:
    return build_directory() / "tests/abi/plugins" / f"abi_{name}.so"


def versioned(external_id: str | None = None, token: str = TOKEN) -> Webhook:
    external_id = external_id or unique("v")
    body = json.dumps({"id": external_id, "note": CANARY}).encode()
    return Webhook("versioned", external_id, body, {"x-versioned-token": token})


class ReloadingGateway(Installation):
    """Serves acme and version 1 of `versioned` until told otherwise."""

    def __init__(self, directory: pathlib.Path, callbacks, settings: dict[str, str] | None = None):
        self.plugins = directory / "plugins"
        self.plugins.mkdir(mode=0o755)
        super().__init__(directory, callbacks, {
            "PLUGINS_DIR": str(self.plugins), "VERSIONED_WEBHOOK_SECRET": TOKEN,
            "VERSIONED_CALLBACK_URL": callbacks.url("/versioned"), **(settings or {})})
        self.put("versioned_1")
        self.copy(build_directory() / "plugins/acme.so", "acme.so")

    def _integrations_file(self) -> pathlib.Path:
        path = self.directory / "integrations.json"
        path.write_text(json.dumps([
            {"provider": provider, "name": provider, "callbackUrl": {"env": f"{provider.upper()}_CALLBACK_URL"},
             "secrets": [{"env": f"{provider.upper()}_WEBHOOK_SECRET"}]} for provider in ("acme", "versioned")]))
        return path

    def copy(self, source: pathlib.Path, name: str) -> pathlib.Path:
        """As operators are told to: written beside it, then moved over it."""
        new = self.plugins / f".{name}.new"
        shutil.copyfile(source, new)
        new.chmod(0o644)
        return new.rename(self.plugins / name)

    def put(self, version: str, name: str = "versioned.so") -> pathlib.Path:
        return self.copy(plugin_file(version), name)

    def reload(self, dry_run: bool | None = None):
        body = b"" if dry_run is None else json.dumps({"dryRun": dry_run}).encode()
        return self.call("POST", "/plugins/reload", body, {"content-type": "application/json"})

    def reloaded(self) -> dict:
        """The report of a reload that has to succeed."""
        answer = self.reload()
        assert answer.status == 200, answer.body
        return answer.json()["data"]

    def refused(self) -> str:
        """What a reload that has to be refused says of it."""
        answer = self.reload()
        assert answer.status == 409, answer.body
        details = answer.json()["error"]["details"]
        return " ".join([*(f"{each['file']}: {each['reason']}" for each in details["refused"]), *details["problems"]])

    def rollback(self, provider: str = "versioned"):
        return self.call("POST", "/plugins/rollback", json.dumps({"provider": provider}).encode(),
                         {"content-type": "application/json"})

    def state(self) -> dict:
        return self.read("/plugins")["data"]

    def serving(self, name: str = "versioned.so") -> dict:
        return next(plugin for plugin in self.state()["plugins"] if plugin["file"] == name)

    def version(self) -> str:
        """Of the code that reads webhooks now."""
        return self.details(self.accept(versioned()))["event"]["eventType"]

    def log_lines_about(self, event: str) -> list[dict]:
        return [line for line in self.log_lines() if line["event"] == event]

    def open_descriptors(self) -> int:
        """Without those of connections and of the database, which come and go with requests and queries."""
        count = 0
        for descriptor in pathlib.Path(f"/proc/{self.pid}/fd").iterdir():
            try:
                target = os.readlink(descriptor)
            except OSError:  # closed meanwhile
                continue
            count += not target.startswith("socket:") and "hookgate.db" not in target
        return count

    def resident_kib(self) -> int:
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])

    def mappings(self) -> int:
        """Of plugin code."""
        return pathlib.Path(f"/proc/{self.pid}/maps").read_text().count("hookgate-plugin")


@dataclasses.dataclass
class Load:
    """Webhooks sent one after the other by some threads until told to stop; what each was answered is kept."""

    own: ReloadingGateway
    threads: int = 3

    def __enter__(self) -> "Load":
        self.statuses: list[int | str] = []
        self._going = threading.Event()
        self._going.set()
        self._senders = [threading.Thread(target=self._send) for _ in range(self.threads)]
        for sender in self._senders:
            sender.start()
        return self

    def __exit__(self, *_) -> None:
        self._going.clear()
        for sender in self._senders:
            sender.join()

    def await_more(self, count: int) -> None:
        wanted = len(self.statuses) + count
        wait_for(lambda: len(self.statuses) >= wanted, 60, f"{count} more answers")

    def _send(self) -> None:
        while self._going.is_set():
            try:
                self.statuses.append(self.own.send(versioned()).status)
            except (OSError, AssertionError) as problem:
                self.statuses.append(repr(problem))


def command(own: ReloadingGateway, *arguments: str) -> subprocess.CompletedProcess:
    return own.command("plugins", *arguments, timeout_s=60)
