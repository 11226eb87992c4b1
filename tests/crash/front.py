"""nginx in front of several nodes, as docker/nginx.conf sets it up; without TLS."""

import pathlib
import re
import socket
import subprocess
import time

import hookgate_process


class Nginx:
    """Use as a context manager."""

    def __init__(self, directory: pathlib.Path, ports: list[int]):
        self.port = hookgate_process.free_port()
        self._directory = directory / "nginx"
        self._directory.mkdir()
        self._config = self._directory / "nginx.conf"
        text = (hookgate_process.REPOSITORY / "docker/nginx.conf").read_text()
        for number, port in enumerate(ports, 1):
            text = text.replace(f"gateway-{number}:8080", f"127.0.0.1:{port}")
        text = text.replace("listen 8443 ssl", f"listen 127.0.0.1:{self.port}").replace("/tmp/", f"{self._directory}/")
        text = re.sub(r"(?m)^ *ssl_.*\n", "", text)
        assert "gateway-" not in text.replace("gateways", ""), "a node of the file has no port"
        self._config.write_text("daemon off;\nmaster_process off;\n" + text)

    def __enter__(self) -> "Nginx":
        log = (self._directory / "log").open("wb")
        self._process = subprocess.Popen(["nginx", "-p", self._directory, "-c", self._config], stdout=log, stderr=log)
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                assert self._process.poll() is None and time.monotonic() < deadline, (self._directory / "log").read_text()
                time.sleep(0.01)

    def __exit__(self, *_) -> None:
        self._process.terminate()
        self._process.wait(10)
