#include "core/cli/signals.hpp"

#include "core/base/thread.hpp"

#include <csignal>

#include <pthread.h>
#include <unistd.h>

namespace hookgate::cli {
namespace {

// Wakes the guard's own thread.
constexpr int kWake = SIGUSR1;

sigset_t stopSignals() noexcept {
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT})
        ::sigaddset(&signals, signal);
    return signals;
}

sigset_t with(sigset_t signals, int another) noexcept {
    ::sigaddset(&signals, another);
    return signals;
}

int waitFor(const sigset_t& signals) noexcept {
    int signal = 0;
    while (::sigwait(&signals, &signal) != 0) {}
    return signal;
}

} // namespace

ServeSignals::ServeSignals() noexcept {
    const auto signals = with(with(stopSignals(), SIGHUP), kWake);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    static_cast<void>(::signal(SIGPIPE, SIG_IGN));
}

// NOLINTNEXTLINE(readability-convert-member-functions-to-static): only what blocked them may wait
int ServeSignals::wait() const noexcept {
    return waitFor(with(stopSignals(), SIGHUP));
}

ImpatienceGuard::ImpatienceGuard() {
    thread_ = base::startThread("impatience", [this] { watch(); });
}

ImpatienceGuard::~ImpatienceGuard() {
    over_ = true;
    ::pthread_kill(thread_.native_handle(), kWake);
}

void ImpatienceGuard::watch() const noexcept {
    const auto signals = with(stopSignals(), kWake);
    while (!over_) {
        const int signal = waitFor(signals);
        if (signal != kWake) ::_exit(128 + signal);
    }
}

} // namespace hookgate::cli
