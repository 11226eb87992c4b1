"""hookgate as an author has it: installed into a prefix, and nothing of the source tree."""

import http.client
import json
import os
import pathlib
import subprocess

import hookgate_process

SECRET = b"secret-of-the-author"


def run(*command: str | pathlib.Path, directory: pathlib.Path, environment: dict[str, str] | None = None,
        code: int = 0) -> subprocess.CompletedProcess:
    """The command's result; its output is shown when it ends with another code than `code`."""
    result = subprocess.run([str(word) for word in command], cwd=directory, capture_output=True, text=True, timeout=280,
                            env={**os.environ, **(environment or {})})
    assert result.returncode == code, \
        f"{' '.join(map(str, command))} ended with {result.returncode}\n{result.stdout}{result.stderr}"
    return result


class Sdk:
    def __init__(self, prefix: pathlib.Path):
        self.prefix = prefix
        self.hookgate = prefix / "bin/hookgate"
        run("cmake", "--install", hookgate_process.build_directory(), "--prefix", prefix, directory=prefix)

    def build(self, source: pathlib.Path, *options: str) -> pathlib.Path:
        """Configures and builds a plugin's repository against this SDK; the build tree."""
        tree = source / "build"
        run("cmake", "-S", source, "-B", tree, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.prefix}",
            "-DCMAKE_COMPILE_WARNING_AS_ERROR=ON", "-DCMAKE_CXX_COMPILER_LAUNCHER=ccache", *options, directory=source)
        run("cmake", "--build", tree, directory=source)
        return tree


class InstalledGateway(hookgate_process.Gateway):
    """The installed gateway with one integration, whose secret is SECRET, and the plugins that are installed with it."""

    def __init__(self, sdk: Sdk, directory: pathlib.Path, integration: dict):
        self._integration = integration
        super().__init__(directory, integration["callbackUrl"], settings={
            "AUTHOR_SECRET": SECRET.decode(), "CALLBACK_ALLOWED_NETWORKS": "127.0.0.0/8"})
        self.binary = sdk.hookgate
        self.environment["PLUGINS_DIR"] = str(sdk.prefix / "plugins")

    def _integrations_file(self) -> pathlib.Path:
        path = self.directory / "integrations.json"
        path.write_text(json.dumps([{"secrets": [{"keyId": "2026", "env": "AUTHOR_SECRET"}], **self._integration}]))
        return path

    def send(self, body: bytes, headers: dict[str, str] | list[tuple[str, str]]) -> hookgate_process.Answer:
        """A POST of JSON with these headers; a list may name one twice."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.putrequest("POST", f"/api/v1/webhooks/{self._integration['provider']}")
            pairs = headers.items() if isinstance(headers, dict) else headers
            for name, value in [("content-type", "application/json"), ("content-length", str(len(body))), *pairs]:
                connection.putheader(name, value)
            connection.endheaders(body)
            reply = connection.getresponse()
            return hookgate_process.Answer(reply.status, {}, reply.read())
        finally:
            connection.close()
