"""The examples are built against the installed SDK alone, by both compilers, pass their tests and the check, and are served."""

import base64
import hashlib
import hmac
import re
import shutil

import hookgate_process
import pytest

from sdk import SECRET, run

EXAMPLES = hookgate_process.REPOSITORY / "sdk/examples"
C_WARNINGS = "-std=c11 -Wall -Wextra -pedantic -Wshadow -Wconversion"
CXX_WARNINGS = "-Wall -Wextra -Wpedantic -Wshadow -Wconversion"
COMPILERS = pytest.mark.parametrize("c, cxx", [("gcc", "g++"), ("clang-14", "clang++-14")], ids=["gcc", "clang"])


def built(sdk, tmp_path, name, c, cxx):
    source = tmp_path / name
    shutil.copytree(EXAMPLES / name, source)
    language = {"C_FLAGS": C_WARNINGS, "C_COMPILER": c, "C_COMPILER_LAUNCHER": "ccache"} if (source / f"src/{name}.c").exists() \
        else {"CXX_FLAGS": CXX_WARNINGS, "CXX_COMPILER": cxx}
    tree = sdk.build(source, *(f"-DCMAKE_{key}={value}" for key, value in language.items()))
    run("ctest", "--test-dir", tree, "--no-tests=error", "--output-on-failure", directory=tree)
    run("cmake", "--install", tree, "--prefix", sdk.prefix, directory=tree)
    return tree / f"plugins/{name}.so"


def libraries(plugin) -> set[str]:
    listing = run("readelf", "-d", plugin, directory=plugin.parent).stdout
    return set(re.findall(r"NEEDED.*\[(.*)\]", listing))


@COMPILERS
def test_square_proves_the_url_and_the_body(sdk, serve, callbacks, tmp_path, c, cxx):
    plugin = built(sdk, tmp_path, "square", c, cxx)
    assert libraries(plugin) <= {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}, "its runtime is linked in"

    url = "https://hooks.example.com/in/square"
    gateway = serve({"provider": "square", "publicUrl": url})
    body = f'{{"event_id":"e-{cxx}","type":"payment.created","created_at":"2026-01-01T00:00:00Z","data":{{"id":"p-1"}}}}'.encode()

    def proof(signed_url: str) -> str:
        return base64.b64encode(hmac.digest(SECRET, signed_url.encode() + body, hashlib.sha256)).decode()

    def send(sent_body: bytes, *signatures: str) -> int:
        return gateway.send(sent_body, [("x-square-hmacsha256-signature", signature) for signature in signatures]).status

    assert send(body, proof(url)) == 202
    assert send(body, proof(url)) == 200
    assert send(body + b" ", proof(url)) == 401
    assert send(body, proof("https://hooks.example.com/in/other")) == 401
    assert send(body, proof(url), proof(url)) == 401
    assert send(body) == 401
    callbacks.await_received(f"e-{cxx}")


@COMPILERS
def test_a_plugin_in_plain_c_needs_nothing_but_the_contract(sdk, serve, callbacks, tmp_path, c, cxx):
    plugin = built(sdk, tmp_path, "plain_c", c, cxx)
    assert libraries(plugin) == {"libc.so.6"}

    gateway = serve({"provider": "plain_c"})
    body = f'{{"id":"e-{c}","type":"thing.made"}}'.encode()
    signature = hmac.digest(SECRET, body, hashlib.sha256).hex()
    assert gateway.send(body, {"x-plain-signature": signature}).status == 202
    assert gateway.send(body + b" ", {"x-plain-signature": signature}).status == 401
    assert gateway.send(body, [("x-plain-signature", signature), ("x-plain-signature", signature)]).status == 401
    assert gateway.send(body, {"x-plain-signature": "no hex"}).status == 401
    unreadable = b"[]"
    assert gateway.send(unreadable, {"x-plain-signature": hmac.digest(SECRET, unreadable, hashlib.sha256).hex()}).status == 400
    assert callbacks.await_received(f"e-{c}")[0].body == body
