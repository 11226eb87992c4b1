"""What an author gets wrong is told in a sentence, at the first place that can see it."""

import shutil
import subprocess

import pytest

from sdk import run

CLASS = """
#include <hookgate/provider.hpp>
class Acme final : public hookgate::Provider {{
public:
    {info}
    {constructor}
    hookgate::Verdict verify(const hookgate::Request&, const hookgate::Context&) const override {{ return {{}}; }}
    {normalize}
}};
{export}
"""
RIGHT = {
    "info": 'static constexpr hookgate::Info kInfo{.name = "acme", .title = "Acme"};',
    "constructor": "Acme(const hookgate::Settings&, const hookgate::Context&) {}",
    "normalize": "std::vector<hookgate::Event> normalize(const hookgate::Request&, const hookgate::Context&) const override { return {}; }",
    "export": "HG_EXPORT_PROVIDERS(Acme);",
}


def compiled(sdk, tmp_path, compiler, **changes) -> subprocess.CompletedProcess:
    source = tmp_path / "acme.cpp"
    source.write_text(CLASS.format(**{**RIGHT, **changes}))
    return subprocess.run([compiler, "-std=c++20", "-fsyntax-only", f"-I{sdk.prefix}/include", source], capture_output=True, text=True,
                          timeout=120)


COMPILERS = pytest.mark.parametrize("compiler", ["g++", "clang++-14"])


@COMPILERS
def test_a_class_that_lacks_nothing_compiles(sdk, tmp_path, compiler):
    result = compiled(sdk, tmp_path, compiler)
    assert result.returncode == 0, result.stderr


@COMPILERS
@pytest.mark.parametrize("changes, sentence", [
    ({"info": ""}, "a provider has a public static constexpr hookgate::Info kInfo"),
    ({"info": 'static constexpr hookgate::Info kInfo{.name = "Acme Pay", .title = "Acme"};'}, "kInfo.name is the word in the URL"),
    ({"constructor": ""}, "a provider has a public constructor (const hookgate::Settings&, const hookgate::Context&)"),
    ({"normalize": ""}, "a provider overrides verify() and normalize()"),
], ids=["info", "name", "constructor", "normalize"])
def test_what_a_class_lacks_is_the_first_error(sdk, tmp_path, compiler, changes, sentence):
    errors = [line for line in compiled(sdk, tmp_path, compiler, **changes).stderr.splitlines() if "error:" in line]
    assert sentence in errors[0], errors


def test_an_export_within_a_namespace_is_refused_with_what_to_do(sdk, tmp_path):
    run(sdk.hookgate, "plugins", "new", "acme", directory=tmp_path)
    source = tmp_path / "acme/src/provider.cpp"
    text = source.read_text()
    source.write_text(text.replace("} // namespace\n", "").replace("HG_EXPORT_PROVIDERS(Acme);", "HG_EXPORT_PROVIDERS(Acme);\n}"))
    tree = tmp_path / "acme/build"
    sdk.build(tmp_path / "acme", "-DBUILD_TESTING=OFF", "-DCMAKE_COMPILE_WARNING_AS_ERROR=OFF")
    refused = run(sdk.hookgate, "plugins", "check", tree / "plugins/acme.so", directory=tree, code=1).stdout
    assert "HG_EXPORT_PROVIDERS" in refused, refused


def test_a_test_of_a_plugin_needs_more_than_the_headers(sdk, tmp_path):
    run(sdk.hookgate, "plugins", "new", "acme", directory=tmp_path)
    headers = tmp_path / "headers"
    for folder in ("include", "lib/cmake"):
        shutil.copytree(sdk.prefix / folder, headers / folder)
    source = tmp_path / "acme"
    configured = run("cmake", "-S", source, "-B", source / "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={headers}", directory=source, code=1)
    assert "this SDK has headers only" in configured.stderr
    run("cmake", "-S", source, "-B", source / "build", "-DBUILD_TESTING=OFF", directory=source)
