#include "core/cli/commands.hpp"
#include "core/cli/exit_codes.hpp"
#include "core/cli/plugin_template.hpp"
#include "core/cli/usage.hpp"

#include <array>
#include <filesystem>
#include <ostream>
#include <string>

namespace hookgate::cli {
namespace {

namespace fs = std::filesystem;

// Where this program is installed, or the build tree, which is laid out in the same way.
fs::path prefixOfProgram() {
    return fs::read_symlink("/proc/self/exe").parent_path().parent_path();
}

void tellNextCommands(const fs::path& directory, const fs::path& prefix, const std::string& name,
                      std::ostream& out) {
    out << "Made " << directory.string()
        << ", a plugin that works. The next commands:\n\n"
           "  cd "
        << directory.string()
        << "\n  git init\n  cmake -S . -B build -DCMAKE_PREFIX_PATH=" << prefix.string()
        << "\n  cmake --build build\n"
           "  ctest --test-dir build --output-on-failure\n\n"
           "Then write "
        << name << "'s scheme into src/provider.cpp; README.md says what else there is.\n";
}

int runNew(const Arguments& arguments, const Terminal& terminal) {
    if (arguments.operands.empty())
        return refuseUsage(kPluginsNew, "what is the provider's NAME?", terminal);
    const auto& name = arguments.operands.front();
    if (const auto problem = nameProblem(name); !problem.empty())
        return refuseUsage(kPluginsNew, problem, terminal);
    const auto prefix = prefixOfProgram();
    const auto given = arguments.option("--template");
    const auto license = arguments.option("--license");
    const PluginTemplate source{
        .files = given.empty() ? prefix / "share/hookgate/template" : fs::path{given},
        .licenses = prefix / "share/hookgate/licenses",
        .license = license.empty() ? "apache-2.0" : license,
        .prefix = prefix};
    const auto chosen = arguments.option("--directory");
    const fs::path directory = chosen.empty() ? name : chosen;
    if (const auto problem = makePlugin(source, name, directory); !problem.empty()) {
        terminal.err << "hookgate plugins new: " << problem << '\n';
        return kFailure;
    }
    tellNextCommands(directory, prefix, name, terminal.out);
    return kSuccess;
}

constexpr std::array<std::string_view, 3> kOptions{"--directory", "--license", "--template"};

} // namespace

const Command kPluginsNew{
    "plugins new",
    "plugins new NAME [--directory DIR] [--license apache-2.0|mit|none] [--template DIR]",
    "makes a repository for a new plugin",
    "NAME is the provider's: the word in the URL of its webhooks, [a-z0-9][a-z0-9_-]{0,62}. The "
    "repository is\n"
    "made in DIR (./NAME), which has to be empty or absent: a working plugin with tests, vectors "
    "and CI, to be\n"
    "changed into yours. It builds against the SDK that came with this program. --template takes "
    "another one\n"
    "than share/hookgate/template.",
    {kOptions, 1},
    runNew};

} // namespace hookgate::cli
