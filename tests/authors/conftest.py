"""Fixtures of the authors' tests: hookgate installed into a prefix of its own, and a callback to deliver to."""

import pathlib
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
for folder in ("support", "e2e", "authors"):
    sys.path.insert(0, str(TESTS / folder))


@pytest.fixture(scope="session")
def sdk(tmp_path_factory):
    from sdk import Sdk

    return Sdk(tmp_path_factory.mktemp("installed"))


@pytest.fixture(scope="session")
def callbacks():
    from callbacks import Callbacks

    server = Callbacks()
    yield server
    server.close()


@pytest.fixture
def serve(tmp_path, callbacks, sdk):
    """serve(integration): the installed gateway with that one, delivering to the callback."""
    from sdk import InstalledGateway

    started = []

    def start(integration: dict):
        gateway = InstalledGateway(sdk, tmp_path, {"callbackUrl": callbacks.url(f"/{integration['provider']}"), **integration})
        started.append(gateway)
        return gateway.seed().start()

    yield start
    for gateway in started:
        gateway.close()
        print(f"the end of the gateway's log:\n{gateway.log_tail()}")
