#pragma once

#include <atomic>
#include <thread>

namespace hookgate::cli {

// Signals that a serving process obeys: SIGTERM and SIGINT end it, SIGHUP reloads its plugins.
// Blocked in every thread and taken by sigwait(3): no code of ours ever runs inside a signal
// handler.
class ServeSignals {
public:
    // Blocks them for this thread and all it starts, and ignores SIGPIPE. REQUIRES: no other thread
    // runs yet.
    ServeSignals() noexcept;

    // The next one, even if it came before the call.
    int wait() const noexcept;
};

// While it lives, a further signal ends the process at once, with the exit code that a shell gives
// to a death by that signal: for a drain that takes too long for somebody.
class ImpatienceGuard {
public:
    ImpatienceGuard();
    ~ImpatienceGuard();
    ImpatienceGuard(const ImpatienceGuard&) = delete;
    ImpatienceGuard& operator=(const ImpatienceGuard&) = delete;

private:
    void watch() const noexcept;

    std::atomic<bool> over_{false};
    std::jthread thread_;
};

} // namespace hookgate::cli
