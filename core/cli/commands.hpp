#pragma once

#include "core/cli/arguments.hpp"
#include "core/cli/terminal.hpp"

#include <span>
#include <string_view>

namespace hookgate::cli {

// One command of the binary; its name may be two words. run() returns the exit code; what it throws
// is told by the caller.
struct Command {
    std::string_view name;
    std::string_view usage;   // behind "hookgate "
    std::string_view summary; // one line; empty: not in the help
    std::string_view details; // for `help COMMAND`
    Accepted accepted;
    int (*run)(const Arguments& arguments, const Terminal& terminal) = nullptr;
};

extern const Command kServe;
extern const Command kMigrate;
extern const Command kSeed;
extern const Command kConfig;
extern const Command kPluginsList;
extern const Command kPluginsCheck;
extern const Command kPluginsLock;
extern const Command kPluginsSign;
extern const Command kPluginsReload;
extern const Command kPluginsRollback;
extern const Command kPluginsQuarantine;
extern const Command kPluginsRelease;
extern const Command kPluginsProbe;
extern const Command kPluginsNew;
extern const Command kSend;
extern const Command kExplain;
extern const Command kVersion;

// All of them, in the order of the help.
std::span<const Command* const> commands() noexcept;

} // namespace hookgate::cli
