"""Fixtures of the crash and fault tests. HOOKGATE_CRASH=full runs them at full length."""

import os
import pathlib
import random
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

FULL = os.environ.get("HOOKGATE_CRASH") == "full"
figures: list[str] = []


@pytest.hookimpl(tryfirst=True, hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        item.has_failed = True


def pytest_terminal_summary(terminalreporter):
    for line in figures:
        terminalreporter.write_line(line)


@pytest.fixture
def figure(request):
    """figure(text): a number the run has found, printed at the end whether it passes or not."""
    return lambda text: figures.append(f"{request.node.name}: {text}")


@pytest.fixture
def length():
    """length(short, full): how often to do something in this run."""
    return lambda short, full: full if FULL else short


@pytest.fixture
def workplace(request):
    """A directory that is removed when the test passes, and named when it fails."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="hookgate-crash-"))
    yield path
    if getattr(request.node, "has_failed", False):
        figures.append(f"{request.node.name}: FAILED, its files are kept in {path}")
    else:
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def pulse(workplace):
    """The clock for limits on the gateway's time."""
    from pulse import Pulse

    with Pulse(workplace) as running:
        yield running


@pytest.fixture
def rng(request, figure):
    """Randomness that HOOKGATE_CRASH_SEED repeats."""
    seed = int(os.environ.get("HOOKGATE_CRASH_SEED") or random.SystemRandom().randrange(1 << 32))
    figure(f"HOOKGATE_CRASH_SEED={seed}")
    return random.Random(seed)


@pytest.fixture
def new_gateway(workplace):
    """new_gateway(callback_url, **options): a seeded gateway that is gone after the test."""
    from hookgate_process import Gateway  # not before sys.path is set

    made = []

    def make(callback_url, **options):
        gateway = Gateway(workplace, callback_url, **options)
        made.append(gateway)
        return gateway.seed()

    yield make
    for gateway in made:
        gateway.close()
        print(f"the end of the gateway's log:\n{gateway.log_tail()}")


@pytest.fixture(scope="module")
def postgresql():
    """A PostgreSQL of the file's own, to be hurt."""
    from test_servers import PostgresqlServer

    with PostgresqlServer() as server:
        yield server


@pytest.fixture(scope="module")
def redis():
    """A Redis of the file's own, to be hurt."""
    from test_servers import RedisServer

    with RedisServer() as server:
        yield server


@pytest.fixture
def new_node(workplace, postgresql, redis):
    """new_node(callback_url, **settings): one more gateway on the test's database; the first one makes and seeds it."""
    from databases import PostgresqlDatabase
    from hookgate_process import Gateway

    made = []

    def make(callback_url, **settings):
        directory = workplace / f"node-{len(made) + 1}"
        directory.mkdir()
        database = made[0].database if made else PostgresqlDatabase(postgresql.url(), redis.url())
        made.append(Gateway(directory, callback_url, database=database, settings=settings))
        return made[-1] if len(made) > 1 else made[-1].seed()

    yield make
    for node in made:
        node.close()
        print(f"the end of the log of {node.directory.name}:\n{node.log_tail()}")
