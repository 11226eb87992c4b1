"""`hookgate plugins new` makes a plugin that builds, passes its tests and the check, and is served."""

import hashlib
import hmac
import json
import time

import pytest
import yaml

from sdk import SECRET, run

STRICT = "-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wold-style-cast -Wnon-virtual-dtor"


def sign(header: str, body: bytes, timestamp: int) -> dict[str, str]:
    proof = hmac.new(SECRET, str(timestamp).encode() + b"." + body, hashlib.sha256).hexdigest()
    return {f"x-{header}-timestamp": str(timestamp), f"x-{header}-signature": proof}


@pytest.mark.parametrize("name, header, compiler", [("acme_pay", "acme-pay", "g++"), ("2-check__out", "2-check--out", "clang++-14")])
def test_a_new_plugin_works_as_it_is(sdk, serve, callbacks, tmp_path, name, header, compiler):
    made = run(sdk.hookgate, "plugins", "new", name, directory=tmp_path).stdout
    assert f"-DCMAKE_PREFIX_PATH={sdk.prefix}\n" in made
    tree = sdk.build(tmp_path / name, f"-DCMAKE_CXX_COMPILER={compiler}", f"-DCMAKE_CXX_FLAGS={STRICT}")

    tested = run("ctest", "--test-dir", tree, "--no-tests=error", directory=tree).stdout
    assert "100% tests passed, 0 tests failed out of 2" in tested, tested
    assert f"plugin.check.{name} " in tested, tested
    run(sdk.hookgate, "plugins", "check", tree / f"plugins/{name}.so", directory=tree)
    run("cmake", "--install", tree, "--prefix", sdk.prefix, directory=tree)

    gateway = serve({"provider": name})
    body = json.dumps({"id": f"evt-of-{name}", "type": "order.paid", "createdAt": "2026-01-01T00:00:00Z",
                       "data": {"id": "o-1"}}).encode()
    now = int(time.time())
    signed = sign(header, body, now)
    assert gateway.send(body, signed).status == 202
    assert gateway.send(body, signed).status == 200
    assert gateway.send(body + b" ", signed).status == 401
    assert gateway.send(body, {}).status == 401
    assert gateway.send(body, sign(header, body, now - 900)).status == 401
    delivered = callbacks.await_received(f"evt-of-{name}")[0]
    assert json.loads(delivered.body)["data"] == {"id": "o-1"}


def test_the_template_of_another_place_can_be_named(sdk, tmp_path):
    run(sdk.hookgate, "plugins", "new", "acme", "--template", sdk.prefix / "share/hookgate/template", "--directory", "here",
        "--license", "mit", directory=tmp_path)
    assert "the authors of acme" in (tmp_path / "here/LICENSE").read_text()
    assert not any(b"your_provider" in path.read_bytes() for path in (tmp_path / "here").rglob("*") if path.is_file())


def test_the_steps_of_its_ci_work(sdk, tmp_path):
    run(sdk.hookgate, "plugins", "new", "acme", directory=tmp_path)
    workflow = yaml.safe_load((tmp_path / "acme/.github/workflows/build.yml").read_text())
    steps = {step.get("name"): step.get("run") for step in workflow["jobs"]["build"]["steps"]}
    assert "cmake --install build/release --prefix /opt/hookgate" in steps["Install hookgate"]
    assert "-G Ninja" in steps["Build"]  # Debian's cmake comes without make
    for name in ("Build", "Test", "Check"):
        run("bash", "-eu", "-c", steps[name].replace("/opt/hookgate", str(sdk.prefix)), directory=tmp_path / "acme",
            environment={"CXX": "g++", "CMAKE_CXX_COMPILER_LAUNCHER": "ccache"})


def test_its_own_tests_run_with_sanitizers(sdk, tmp_path):
    run(sdk.hookgate, "plugins", "new", "acme", directory=tmp_path)
    tree = sdk.build(tmp_path / "acme", "-DCMAKE_CXX_FLAGS=-fsanitize=address,undefined -fno-sanitize-recover=all")
    tested = run("ctest", "--test-dir", tree, "--no-tests=error", directory=tree).stdout
    assert "0 tests failed out of 1" in tested, tested
    symbols = run("nm", "-D", tree / "plugins/acme.so", directory=tree).stdout
    assert "__asan_" in symbols and "__ubsan_" in symbols
