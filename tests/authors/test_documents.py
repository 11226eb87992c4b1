"""What the SDK's documents show is compiled and run; what they link to is there."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

import hookgate_process
import pytest
import snippets

DOCUMENTS = sorted((hookgate_process.REPOSITORY / "sdk/docs").glob("*.md"))
PAGES = [*DOCUMENTS, hookgate_process.REPOSITORY / "sdk/README.md"]
PARAMETERS = ", ".join(f"[[maybe_unused]] const hookgate::{parameter}"
                       for parameter in ("Request& request", "Context& context", "Settings& settings", "Keys& keys"))
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Wno-unused", "-Werror"]


def ids(path: pathlib.Path) -> str:
    return path.name


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_block_says_what_is_to_be_done_with_it(page):
    silent = [block.place for block in snippets.blocks(page) if block.language in snippets.CHECKED and not block.action]
    assert not silent, f"these need a comment, see tests/authors/snippets.py: {silent}"


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_link_leads_somewhere_where_the_documents_are_installed(sdk, page):
    page = sdk.prefix / "share/doc/hookgate/sdk" / page.relative_to(hookgate_process.REPOSITORY / "sdk")
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{page.name} links to {target}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", linked.read_text(), re.MULTILINE)
            assert anchor in [re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in headings], \
                f"{page.name} links to {target}"


def translation_unit(page: pathlib.Path) -> str:
    """All C++ of a page: each block in a namespace of its own, its includes in front."""
    includes, code = ["#include <hookgate/proof.hpp>", "#include <hookgate/standard_webhooks.hpp>"], []
    for number, block in enumerate(snippets.blocks(page)):
        if block.action not in ("compile", "body"):
            continue
        includes += re.findall(r"^#include .*$", block.text, re.MULTILINE)
        text = re.sub(r"^#include .*$", "", block.text, flags=re.MULTILINE)
        located = f'#line {block.line} "{page}"\n{text}'
        if block.action == "body":
            located = f"inline hookgate::Verdict body({PARAMETERS}) {{\n{located}return {{}};\n}}\n"
        code.append(f"namespace block{number} {{\n{located}}}\n")
    return "\n".join(includes + code)


@pytest.mark.parametrize("compiler", ["g++", "clang++-14"])
@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_the_code_compiles(sdk, tmp_path, page, compiler):
    source = tmp_path / "blocks.cpp"
    source.write_text(translation_unit(page))
    result = subprocess.run([compiler, "-std=c++20", "-fsyntax-only", *WARNINGS, f"-I{sdk.prefix}/include", source],
                            capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr


class Session:
    """A shell, a directory and a gateway, for the blocks of one document in their order."""

    def __init__(self, directory: pathlib.Path, replacements: dict[str, str], port: int):
        self._replacements = replacements
        self._port = port
        self._served: list[subprocess.Popen] = []
        self._directory = directory
        self._state = directory / ".state"  # what a shell leaves to the next one: its variables, functions and directory
        self._state.write_text(f"cd '{directory}'\n")
        self.output = ""

    def _shell(self, text: str) -> list[str]:
        keep = f'{{ export -p; declare -f; printf "cd %q\\n" "$PWD"; }} >"{self._state}"'
        return ["bash", "-eu", "-o", "pipefail", "-c", f'. "{self._state}"\n{text}\n{keep}\n']

    def _path(self, name: str) -> pathlib.Path:
        here = re.findall(r"^cd (.*)$", self._state.read_text(), re.MULTILINE)[-1].strip("'")
        return pathlib.Path(here) / name

    def perform(self, block: snippets.Block) -> None:
        text = block.text
        for what, by in self._replacements.items():
            text = text.replace(what, by)
        if block.action in ("file", "append"):
            path = self._path(block.path)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a" if block.action == "append" else "w") as out:
                out.write(text)
        elif block.action == "run":
            result = subprocess.run(self._shell(text), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                    timeout=280, env=environment())
            assert result.returncode == 0, f"{block.place} ended with {result.returncode}\n{result.stdout}"
            self.output = result.stdout
        elif block.action == "serve":
            self._serve(text)
        elif block.action == "output":
            assert snippets.matches(self.output, text), f"{block.place} is not what was printed:\n{self.output}"

    def _serve(self, text: str) -> None:
        with (self._directory / "serve.log").open("wb") as log:
            self._served.append(subprocess.Popen(["bash", "-eu", "-c", f'. "{self._state}"\nexec {text}'], stdout=log, stderr=log, env=environment()))
        deadline = time.monotonic() + 30
        while True:
            assert self._served[-1].poll() is None, (self._directory / "serve.log").read_text()
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
                return
            except OSError:
                assert time.monotonic() < deadline, "nobody listens"
                time.sleep(0.01)

    def close(self) -> None:
        for process in self._served:
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) == 0


def environment() -> dict[str, str]:
    compilers = {"CMAKE_CXX_COMPILER_LAUNCHER": "ccache", "CMAKE_GENERATOR": "Ninja"} if shutil.which("ccache") else {}
    return {"PATH": "/usr/bin:/bin", "HOME": os.environ.get("HOME", "/tmp"), **compilers}


def test_the_tutorial_leads_from_nothing_to_a_received_webhook(sdk, tmp_path):
    port = hookgate_process.free_port()
    session = Session(tmp_path, {"/opt/hookgate": str(sdk.prefix), "8080": str(port)}, port)
    steps = [block for block in snippets.blocks(hookgate_process.REPOSITORY / "sdk/docs/tutorial.md") if block.action]
    try:
        for block in steps:
            session.perform(block)
    finally:
        session.close()
    assert [block.action for block in steps].count("output") == 2
