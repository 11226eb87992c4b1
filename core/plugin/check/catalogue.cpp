#include "core/plugin/check/catalogue.hpp"

#include <algorithm>
#include <array>

namespace hookgate::plugin::check {
namespace {

constexpr auto kError = Level::Error;
constexpr auto kWarning = Level::Warning;

constexpr std::array kCatalogue{
    CheckInfo{"static.refused", kError, "The file is no plugin that this gateway loads."},
    CheckInfo{"static.manifest", kError, "It has no manifest to be read before its code runs."},
    CheckInfo{"static.exports", kError, "It exports more than hg_plugin_v1."},
    CheckInfo{"static.unique", kError, "It shares symbols with other plugins (STB_GNU_UNIQUE)."},
    CheckInfo{"static.executable-stack", kError, "It makes the stacks of the process executable."},
    CheckInfo{"static.writable-code", kError, "It has memory that is written and run."},
    CheckInfo{"static.text-relocations", kError, "Its code is changed while it loads."},
    CheckInfo{"static.lazy-binding", kError,
              "Its functions are found when they are called, not when it loads."},
    CheckInfo{"static.network", kError, "It uses the network or talks to other processes."},
    CheckInfo{"static.process", kError, "It starts or changes processes."},
    CheckInfo{"static.loading", kError, "It loads other code."},
    CheckInfo{"static.thread", kError, "It starts threads or timers."},
    CheckInfo{"static.signal", kError, "It handles signals."},
    CheckInfo{"static.state", kError, "It changes environment, locale, umask or directory."},
    CheckInfo{"static.exit", kError, "It can end the process."},
    CheckInfo{"static.file", kError, "It opens files."},
    CheckInfo{"static.search-path", kError, "It says where libraries are looked for."},
    CheckInfo{"static.library", kWarning, "It needs a library beside those of C and C++."},
    CheckInfo{"static.impure", kWarning, "It asks for time, chance or the environment, or waits."},
    CheckInfo{"static.comparison", kWarning, "It compares texts with the C library."},
    CheckInfo{"load.refused", kError, "The code does not load, or describes itself wrongly."},
    CheckInfo{"load.hang", kError, "The code does not load within 5 s."},
    CheckInfo{"load.manifest", kError, "The manifest says something else than the descriptor."},
    CheckInfo{"load.twice", kError,
              "A second copy of it does not load, or shares memory with the first."},
    CheckInfo{"load.threads", kError, "It leaves threads running."},
    CheckInfo{"load.descriptors", kError, "It opens or closes descriptors."},
    CheckInfo{"load.signals", kError, "It changes how signals are handled."},
    CheckInfo{"load.locale", kError, "It sets the locale."},
    CheckInfo{"load.environment", kError, "It changes the environment."},
    CheckInfo{"load.directory", kError, "It changes the working directory."},
    CheckInfo{"load.umask", kError, "It changes the umask."},
    CheckInfo{"load.rounding", kError, "It changes how floating-point numbers are rounded."},
    CheckInfo{"load.slow", kWarning, "It takes more than 100 ms of CPU time to load."},
    CheckInfo{"lifecycle.no-secrets", kError, "An instance is made without secrets."},
    CheckInfo{"lifecycle.settings-status", kError,
              "Bad settings end with another status than HG_INVALID_SETTINGS."},
    CheckInfo{"lifecycle.settings-reason", kError, "Settings are refused without a reason."},
    CheckInfo{"lifecycle.exception", kError, "An exception crosses the boundary."},
    CheckInfo{"lifecycle.example", kError, "An example of the settings schema is refused."},
    CheckInfo{"lifecycle.growth", kError, "Instances leave memory behind."},
    CheckInfo{"lifecycle.call-growth", kError, "Calls leave memory behind."},
    CheckInfo{"vector.unreadable", kError, "The vectors cannot be read."},
    CheckInfo{"vector.none", kError, "A provider has no vector that is accepted."},
    CheckInfo{"vector.provider", kError, "A vector is for a provider of another plugin."},
    CheckInfo{"vector.create", kError,
              "Settings were refused that should not be, or the other way round."},
    CheckInfo{"vector.verdict", kError, "The verdict is not the expected one."},
    CheckInfo{"vector.reason", kError, "A rejection has another reason."},
    CheckInfo{"vector.key-id", kError, "Another secret is said to have matched."},
    CheckInfo{"vector.response", kError, "A handshake has another answer."},
    CheckInfo{"vector.normalize", kError, "Normalize ended in another way."},
    CheckInfo{"vector.events", kError, "An event has other fields."},
    CheckInfo{"vector.outbound", kError, "The callback has another body."},
    CheckInfo{"vector.sign", kError, "What sign makes is not accepted."},
    CheckInfo{"verify.no-crypto", kError,
              "A request is accepted though nothing was compared or verified."},
    CheckInfo{"verify.own-comparison", kError,
              "Secrets are compared by the plugin itself, not in constant time."},
    CheckInfo{"verify.no-proof", kError, "A request without any header is accepted."},
    CheckInfo{"verify.no-secret", kError, "A request is accepted without a secret."},
    CheckInfo{"verify.empty-secret", kError, "A code made with the empty secret is accepted."},
    CheckInfo{"verify.other-secret", kError,
              "A request is accepted with secrets it was not signed with."},
    CheckInfo{"verify.other-secret-untried", kError, "No other secret could be tried."},
    CheckInfo{"verify.rotation", kError,
              "The older of two secrets does not do, or the wrong one is named."},
    CheckInfo{"verify.algorithm", kError, "The sender can choose the algorithm."},
    CheckInfo{"verify.body-byte", kError, "A changed body is accepted."},
    CheckInfo{"verify.body-longer", kError, "A longer body is accepted."},
    CheckInfo{"verify.body-shorter", kError, "A shorter body is accepted."},
    CheckInfo{"verify.body-empty", kError, "An empty body is accepted in the place of another."},
    CheckInfo{"verify.proof-byte", kError, "A changed proof is accepted."},
    CheckInfo{"verify.proof-shorter", kError, "Part of a proof is accepted, or an empty one."},
    CheckInfo{"verify.proof-longer", kError, "A proof with more behind it is accepted."},
    CheckInfo{"verify.proof-doubled", kError, "A proof that is there twice is accepted."},
    CheckInfo{"verify.proof-case", kError,
              "A proof in another case is accepted; hexadecimal digits aside."},
    CheckInfo{"verify.proof-encoding", kError,
              "A proof written in another way is accepted: blanks, padding, alphabet."},
    CheckInfo{"verify.stale", kError, "A request is accepted that was signed too long ago."},
    CheckInfo{"verify.future", kError, "A request is accepted that was signed too far ahead."},
    CheckInfo{"verify.time-ignored", kError, "A time is sent that the verdict does not tell."},
    CheckInfo{"verify.no-tolerance", kError, "A signed time is told, but no tolerance declared."},
    CheckInfo{"verify.unsigned-trusted", kError, "An event depends on what no proof covers."},
    CheckInfo{"verify.internal", kError, "Verify breaks on a changed request."},
    CheckInfo{"verify.permit-unused", kWarning, "A vector permits what it does not need to."},
    CheckInfo{"normalize.internal", kError, "Normalize breaks on a payload."},
    CheckInfo{"normalize.determinism", kError, "One body is read in two ways."},
    CheckInfo{"robustness.arena", kError,
              "A step without memory ends in another way than HG_LIMIT."},
    CheckInfo{"robustness.older-host", kError, "A forged request is accepted on an older host."},
    CheckInfo{"robustness.determinism", kError, "Two instances make two things of one request."},
    CheckInfo{"robustness.odd-request", kError, "An odd request is accepted, or breaks verify."},
    CheckInfo{"robustness.threads", kError, "Threads get in each other's way."},
    CheckInfo{"fuzz.forgery", kError,
              "A randomly changed body is accepted and says something else."},
    CheckInfo{"fuzz.internal", kError, "A step breaks on a randomly changed request."},
    CheckInfo{"process.crash", kError, "The plugin ended its process."},
    CheckInfo{"process.hang", kError, "The plugin did not come back in time."},
    CheckInfo{"process.broken", kError, "The check itself failed."},
};

} // namespace

std::span<const CheckInfo> catalogue() noexcept {
    return kCatalogue;
}

const CheckInfo* checkNamed(std::string_view id) noexcept {
    const auto* const found = std::find_if(kCatalogue.begin(), kCatalogue.end(),
                                           [&](const CheckInfo& check) { return check.id == id; });
    return found == kCatalogue.end() ? nullptr : found;
}

Level levelOf(std::string_view id) noexcept {
    const auto* const check = checkNamed(id);
    return check == nullptr ? Level::Error : check->level;
}

std::string_view nameOf(Level level) noexcept {
    return level == Level::Error ? "error" : "warning";
}

} // namespace hookgate::plugin::check
