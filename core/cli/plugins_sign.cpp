#include "core/cli/atomic_file.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/exit_codes.hpp"
#include "core/cli/usage.hpp"
#include "core/plugin/library.hpp"
#include "core/plugin/trust/file_signature.hpp"

#include <array>
#include <ostream>

namespace hookgate::cli {
namespace {

constexpr std::string_view kKey = "--key";

int refuse(const std::string& what, const std::string& why, const Terminal& terminal) {
    terminal.err << "hookgate: " << what << ": " << why << '\n';
    return kFailure;
}

int runSign(const Arguments& arguments, const Terminal& terminal) {
    const auto key_file = arguments.option(kKey);
    if (arguments.operands.empty() || key_file.empty())
        return refuseUsage(kPluginsSign,
                           arguments.operands.empty() ? "sign which FILE?" : "with which --key?",
                           terminal);
    const auto& file = arguments.operands.front();
    const auto bytes = plugin::readPluginFile(file);
    if (!bytes) return refuse(file, bytes.error(), terminal);
    const auto key = plugin::readPluginFile(key_file);
    if (!key) return refuse(key_file, key.error(), terminal);
    const auto signature = plugin::signatureOf(*key, *bytes);
    if (!signature) return refuse(key_file, signature.error(), terminal);
    const auto path = file + std::string{plugin::kSignatureEnding};
    if (const auto problem = replaceFile(path, *signature); !problem.empty())
        return refuse(file, problem, terminal);
    terminal.out << "written to " << path << "; put it beside the plugin\n";
    return kSuccess;
}

constexpr std::array<std::string_view, 1> kOptions{kKey};

} // namespace

const Command kPluginsSign{
    "plugins sign",
    "plugins sign FILE --key PRIVATE.pem",
    "signs a plugin file, for PLUGIN_TRUST=signed",
    "Writes an Ed25519 signature of the file's bytes, in base64, to FILE.sig. A gateway with "
    "PLUGIN_TRUST=signed\n"
    "runs files whose signature was made by a key in PLUGIN_KEYS_FILE, and no others.\n"
    "A pair of keys:  openssl genpkey -algorithm ed25519 -out PRIVATE.pem\n"
    "                 openssl pkey -in PRIVATE.pem -pubout >> PUBLIC.pem",
    {kOptions, 1},
    runSign};

} // namespace hookgate::cli
