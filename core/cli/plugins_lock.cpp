#include "core/app/plugin_loading.hpp"
#include "core/base/crypto.hpp"
#include "core/base/hex.hpp"
#include "core/cli/atomic_file.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/exit_codes.hpp"
#include "core/cli/settings_loading.hpp"
#include "core/plugin/trust/folder.hpp"
#include "core/plugin/trust/hash_list.hpp"

#include <ostream>

namespace hookgate::cli {
namespace {

// The files as they are; false: a problem was told.
bool hashFiles(const plugin::PluginFolder& folder, plugin::HashList& list,
               const Terminal& terminal) {
    bool complete = true;
    for (const auto& name : folder.pluginNames()) {
        const auto bytes = folder.read(name);
        if (bytes) {
            list.emplace(name, base::toHex(base::sha256(*bytes)));
        } else {
            terminal.err << "hookgate: " << name << ": " << bytes.error() << '\n';
            complete = false;
        }
    }
    return complete;
}

int runLock(const Arguments& arguments, const Terminal& terminal) {
    const auto loaded = loadSettings(arguments, terminal);
    if (!loaded) return kConfiguration;
    const auto folder = plugin::PluginFolder::open(loaded->settings.plugins_dir,
                                                   app::trustOptions(loaded->settings).access);
    if (!folder) {
        terminal.err << "hookgate: " << folder.error() << '\n';
        return kConfiguration;
    }
    plugin::HashList list;
    if (!hashFiles(*folder, list, terminal)) return kFailure;
    const auto path = folder->path() / plugin::kHashListName;
    const auto text = plugin::writeHashList(list);
    if (const auto problem = replaceFile(path, text); !problem.empty()) {
        terminal.err << "hookgate: " << problem << '\n';
        return kFailure;
    }
    terminal.out << text << "written to " << path.string() << ", "
                 << (loaded->settings.plugin_trust == config::PluginTrust::Pinned
                         ? "in force from the next reload on\n"
                         : "in force with PLUGIN_TRUST=pinned\n");
    return kSuccess;
}

} // namespace

const Command kPluginsLock{"plugins lock",
                           "plugins lock [--config FILE]",
                           "writes down which plugin files are trusted, for PLUGIN_TRUST=pinned",
                           "Writes the SHA-256 of every plugin file in PLUGINS_DIR, as they are "
                           "now, to plugins.lock there, "
                           "in the\n"
                           "form that sha256sum -c reads. With PLUGIN_TRUST=pinned a file that is "
                           "not in it, or has changed "
                           "since,\n"
                           "does not run. Look at what changed before you run it.",
                           {kConfigOption, 0},
                           runLock};

} // namespace hookgate::cli
