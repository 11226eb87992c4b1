"""Fixtures of the end-to-end tests: a real gateway (tests/support/databases.py: on which database), and a callback to deliver to."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))


def pytest_configure(config):
    config.addinivalue_line("markers", "sqlite: about the embedded database, and so for no other")


@pytest.fixture(scope="module")
def callbacks():
    from callbacks import Callbacks  # not before sys.path is set

    server = Callbacks()
    yield server
    server.close()


@pytest.fixture(scope="module")
def gateway(request, tmp_path_factory, callbacks):
    """A running gateway that all tests of a file share; the file may name its SETTINGS."""
    from installation import Installation

    settings = {"MAX_PROCESSING_RETRIES": "3", **getattr(request.module, "SETTINGS", {})}
    installation = Installation(tmp_path_factory.mktemp("gateway"), callbacks, settings)
    installation.seed()
    installation.start()
    yield installation
    try:
        installation.stop()
    finally:
        installation.close()
        print(f"the end of the gateway's log:\n{installation.log_tail()}")


@pytest.fixture(scope="module")
def simulated(tmp_path_factory, callbacks):
    """A running gateway with an integration for every provider that there is a plugin of."""
    from simulated import SETTINGS, Simulated

    installation = Simulated(tmp_path_factory.mktemp("gateway"), callbacks, SETTINGS)
    installation.seed()
    installation.start()
    yield installation
    try:
        installation.stop()
    finally:
        installation.close()
        print(f"the end of the gateway's log:\n{installation.log_tail()}")


@pytest.fixture
def install(tmp_path, callbacks):
    """install(**settings): a gateway of the test's own, seeded and not started."""
    from installation import Installation

    made = []

    def make(**settings):
        directory = tmp_path / str(len(made))
        directory.mkdir()
        made.append(Installation(directory, callbacks, settings))
        return made[-1].seed()

    yield make
    for installation in made:
        installation.close()
        print(f"the end of a gateway's log:\n{installation.log_tail()}")


@pytest.fixture
def reloading(tmp_path, callbacks):
    """reloading(**settings): a seeded gateway with a plugins directory of its own (reloading.py), not started."""
    from reloading import ReloadingGateway

    made = []

    def make(**settings):
        directory = tmp_path / str(len(made))
        directory.mkdir(mode=0o755)
        made.append(ReloadingGateway(directory, callbacks, settings))
        return made[-1].seed()

    yield make
    for gateway in made:
        gateway.close()
        print(f"the end of a gateway's log:\n{gateway.log_tail()}")
