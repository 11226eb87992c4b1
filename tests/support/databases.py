"""The database of a test's gateway, and the coordination that goes with it.

HOOKGATE_TEST_BACKEND chooses: sqlite (the default; in-process coordination) or postgresql (and Redis, on the private
servers that HOOKGATE_TEST_SERVERS names, see test_servers.py).
"""

import os
import pathlib
import subprocess
import uuid

import test_servers

BACKEND = os.environ.get("HOOKGATE_TEST_BACKEND", "sqlite")


class PostgresqlDatabase:
    """A database of its own on a server that others use too."""

    def __init__(self, server_url: str, redis_url: str):
        self.name = f"hookgate_{uuid.uuid4().hex}"
        self.server_url, self.redis_url = server_url, redis_url
        self.url = server_url.rpartition("/")[0] + "/" + self.name
        self._psql(server_url, f"CREATE DATABASE {self.name}")

    @property
    def settings(self) -> dict[str, str]:
        return {"DATABASE_URL": self.url, "REDIS_URL": self.redis_url}

    def rows(self, query: str) -> list[list[str]]:
        """Each column as PostgreSQL writes it."""
        return [line.split("\x1f") for line in self._psql(self.url, query).splitlines()]

    def drop(self) -> None:
        self._psql(self.server_url, f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    @staticmethod
    def _psql(url: str, statement: str) -> str:
        done = subprocess.run([test_servers.binaries() / "psql", "-XAtq", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-d", url,
                               "-c", statement], capture_output=True, text=True)
        assert done.returncode == 0, f"{statement}: {done.stderr}"
        return done.stdout


def server_urls() -> tuple[str, str]:
    """Of the private PostgreSQL and Redis."""
    values = dict(os.environ)
    if state := os.environ.get("HOOKGATE_TEST_SERVERS"):
        lines = (pathlib.Path(state) / "environment").read_text().splitlines()
        values.update(line.split("=", 1) for line in lines)
    return values["HOOKGATE_TEST_POSTGRESQL_URL"], values["HOOKGATE_TEST_REDIS_URL"]


def new_database(directory: pathlib.Path) -> pathlib.Path | PostgresqlDatabase:
    """A database nobody has used yet; `directory` holds it when it is a file."""
    if BACKEND == "sqlite":
        return directory / "hookgate.db"
    assert BACKEND == "postgresql", f"HOOKGATE_TEST_BACKEND={BACKEND}"
    return PostgresqlDatabase(*server_urls())


def settings(database: pathlib.Path | PostgresqlDatabase) -> dict[str, str]:
    """What tells a gateway to use it."""
    return database.settings if isinstance(database, PostgresqlDatabase) else {"DATABASE_URL": f"sqlite:{database}"}
