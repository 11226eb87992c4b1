#include "core/observability/async_log.hpp"

#include "core/base/thread.hpp"
#include "core/observability/line_writer.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <string>
#include <thread>

namespace hookgate::observability {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kFlushPatience{1};

// A write to a reader that has gone has to be an error, never a signal, whatever main() decided.
void blockSigpipe() noexcept {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

} // namespace

struct AsyncLog::Impl {
    Impl(const Options& chosen, const base::Clock& time)
        : options{chosen},
          clock{time},
          writer{chosen.descriptor} {}

    // What is severe may use all of the buffer, the rest leaves it a quarter.
    bool fits(base::LogLevel level, std::size_t bytes) const noexcept {
        const auto room =
            level <= base::LogLevel::Warning ? options.buffer_bytes : options.buffer_bytes / 4 * 3;
        return waiting.size() + bytes <= room;
    }

    void push(base::LogLevel level, std::string_view line) {
        bool wake = false;
        {
            const std::lock_guard lock{mutex};
            if (!fits(level, line.size())) {
                refused.fetch_add(1, std::memory_order_relaxed);
                return;
            }
            wake = waiting.empty();
            waiting += line;
        }
        if (wake) readable.notify_one();
    }

    // False: closed and empty.
    bool take(std::string& lines) {
        std::unique_lock lock{mutex};
        readable.wait(lock, [this] { return closed || !waiting.empty(); });
        lines.swap(waiting);
        return !lines.empty();
    }

    // A reader that sleeps is waited for, except at the end.
    bool keepWaiting() {
        const std::lock_guard lock{mutex};
        return !closed || SteadyClock::now() < give_up_at;
    }

    std::uint64_t dropped() const noexcept {
        return refused.load(std::memory_order_relaxed) + writer.lost();
    }

    void tellLoss() {
        const auto now_dropped = dropped();
        if (now_dropped == told) return;
        std::string line;
        appendLogLine(line, options.format,
                      {clock.unixMs(),
                       base::LogLevel::Warning,
                       "log lines dropped",
                       {{"count", now_dropped - told}}});
        if (writer.write(line, [this] { return keepWaiting(); })) told = now_dropped;
    }

    void run() {
        blockSigpipe();
        std::string lines;
        while (take(lines)) {
            if (writer.write(lines, [this] { return keepWaiting(); })) tellLoss();
            lines.clear();
        }
    }

    void close() {
        {
            const std::lock_guard lock{mutex};
            closed = true;
            give_up_at = SteadyClock::now() + kFlushPatience;
        }
        readable.notify_one();
    }

    const Options options;
    const base::Clock& clock;
    std::atomic<std::uint64_t> refused{0};
    std::mutex mutex;
    std::condition_variable readable;
    std::string waiting;
    bool closed = false;
    SteadyClock::time_point give_up_at;
    LineWriter writer;
    std::uint64_t told = 0; // of dropped(), by the writer's thread
    std::jthread thread;    // last: ends before anything it uses
};

AsyncLog::AsyncLog(Options options, const base::Clock& clock)
    : impl_{std::make_unique<Impl>(options, clock)} {
    impl_->thread = base::startThread("log", [impl = impl_.get()] { impl->run(); });
}

AsyncLog::~AsyncLog() {
    impl_->close();
}

bool AsyncLog::enabled(base::LogLevel level) const noexcept {
    return level <= impl_->options.level;
}

void AsyncLog::write(base::LogLevel level, std::string_view event,
                     base::LogFields fields) noexcept {
    try {
        thread_local std::string line;
        line.clear();
        appendLogLine(line, impl_->options.format, {impl_->clock.unixMs(), level, event, fields});
        impl_->push(level, line);
    } catch (...) {
        impl_->refused.fetch_add(1, std::memory_order_relaxed);
    }
}

std::uint64_t AsyncLog::dropped() const noexcept {
    return impl_->dropped();
}

} // namespace hookgate::observability
