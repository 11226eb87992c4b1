#include "core/plugin/check/process_state.hpp"

#include <algorithm>
#include <array>
#include <cfenv>
#include <clocale>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

namespace hookgate::plugin::check {
namespace {

std::size_t countThreads() {
    const std::filesystem::directory_iterator tasks{"/proc/self/task"};
    return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

std::set<std::string> openDescriptors() {
    std::set<std::string> open;
    for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
        std::error_code gone;
        const auto target = std::filesystem::read_symlink(entry.path(), gone).string();
        // The private copies that the loader keeps, and the directory that is being read.
        if (gone || target.starts_with("/memfd:hookgate-plugin") || target.ends_with("/fd"))
            continue;
        open.insert(entry.path().filename().string() + " (" + target + ")");
    }
    return open;
}

std::vector<const void*> signalHandlers() {
    std::vector<const void*> list;
    for (int number = 1; number < NSIG; ++number) {
        struct sigaction action {};

        if (::sigaction(number, nullptr, &action) != 0) continue;
        list.push_back(reinterpret_cast<const void*>(action.sa_handler)); // NOLINT(*-cast)
    }
    return list;
}

std::string blockedSignals() {
    sigset_t blocked{};
    static_cast<void>(::pthread_sigmask(SIG_BLOCK, nullptr, &blocked));
    std::string list;
    for (int number = 1; number < NSIG; ++number)
        if (::sigismember(&blocked, number) == 1) list += ' ' + std::to_string(number);
    return list;
}

std::vector<std::string> environmentVariables() {
    std::vector<std::string> list;
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable)
        list.emplace_back(*variable);
    std::sort(list.begin(), list.end());
    return list;
}

unsigned currentUmask() {
    const auto mask = ::umask(0);
    ::umask(mask);
    return mask;
}

std::string firstBeyond(const std::set<std::string>& before, const std::set<std::string>& after) {
    for (const auto& item : after)
        if (before.find(item) == before.end()) return item;
    return "one that was there";
}

} // namespace

ProcessState ProcessState::now() {
    std::error_code unknown;
    return {.threads = countThreads(),
            .descriptors = openDescriptors(),
            .handlers = signalHandlers(),
            .blocked_signals = blockedSignals(),
            .locale = std::setlocale(LC_ALL, nullptr),
            .environment = environmentVariables(),
            .directory = std::filesystem::current_path(unknown).string(),
            .umask = currentUmask(),
            .rounding = std::fegetround()};
}

std::vector<StateChange> changesBetween(const ProcessState& before, const ProcessState& after) {
    std::vector<StateChange> changes;
    if (after.threads > before.threads)
        changes.push_back(
            {"load.threads",
             "leaves " + std::to_string(after.threads - before.threads) + " threads running"});
    if (after.descriptors != before.descriptors)
        changes.push_back(
            {"load.descriptors", "opens or closes a descriptor: " +
                                     firstBeyond(before.descriptors, after.descriptors)});
    if (after.handlers != before.handlers || after.blocked_signals != before.blocked_signals)
        changes.push_back({"load.signals", "changes how signals are handled"});
    if (after.locale != before.locale)
        changes.push_back({"load.locale", "sets the locale to " + after.locale});
    if (after.environment != before.environment)
        changes.push_back({"load.environment", "changes the environment"});
    if (after.directory != before.directory)
        changes.push_back({"load.directory", "changes the working directory"});
    if (after.umask != before.umask) changes.push_back({"load.umask", "changes the umask"});
    if (after.rounding != before.rounding)
        changes.push_back({"load.rounding", "changes how floating-point numbers are rounded"});
    return changes;
}

} // namespace hookgate::plugin::check
