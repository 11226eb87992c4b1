#include "core/plugin/guard/breadcrumb.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <sys/mman.h>
#include <unistd.h>

namespace hookgate::plugin::guard {
namespace {

constexpr int kExitCode = 70; // EX_SOFTWARE
constexpr std::size_t kStackBytes = std::size_t{64} * 1024;
constexpr std::array kFatalSignals{SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};

template <std::size_t Size>
struct ShortText {
    std::array<char, Size> bytes;
    std::size_t size;

    void set(std::string_view text) noexcept {
        size = std::min(text.size(), Size);
        std::memcpy(bytes.data(), text.data(), size);
    }
};

// Plain memory: a signal handler may read it at any moment.
struct Crumb {
    ShortText<64> provider;
    ShortText<64> sha256;
    ShortText<16> step;
    ShortText<64> correlation_id;
    volatile std::sig_atomic_t set;
};

constinit thread_local Crumb crumb{};
constinit std::atomic<int> journal{-1};

// A signal handler's own stack: the thread's may be what is broken.
class SignalStack {
public:
    SignalStack() noexcept {
        void* const memory = ::mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
        if (memory == MAP_FAILED) return;
        memory_ = memory;
        stack_t stack{};
        stack.ss_sp = memory_;
        stack.ss_size = kStackBytes;
        ::sigaltstack(&stack, &before_);
    }

    SignalStack(const SignalStack&) = delete;
    SignalStack& operator=(const SignalStack&) = delete;

    ~SignalStack() {
        if (memory_ == nullptr) return;
        ::sigaltstack(&before_, nullptr);
        ::munmap(memory_, kStackBytes);
    }

private:
    void* memory_ = nullptr;
    stack_t before_{};
};

// One line put together without anything that a signal handler must not call.
class Line {
public:
    template <std::size_t Size>
    Line& text(const ShortText<Size>& text) noexcept {
        for (std::size_t i = 0; i < text.size; ++i) {
            const char c = text.bytes[i];
            put(c > ' ' && c < '\x7f' ? c : '?'); // words are told apart by spaces
        }
        if (text.size == 0) put('-');
        return *this;
    }

    Line& number(long long value) noexcept {
        std::array<char, 20> digits{};
        std::size_t count = 0;
        do {
            digits[count++] = static_cast<char>('0' + value % 10);
            value /= 10;
        } while (value > 0 && count < digits.size());
        while (count > 0)
            put(digits[--count]);
        return *this;
    }

    Line& space() noexcept {
        put(' ');
        return *this;
    }

    void write(int descriptor) noexcept {
        put('\n');
        [[maybe_unused]] const auto written = ::write(descriptor, bytes_.data(), size_);
    }

private:
    void put(char c) noexcept {
        if (size_ < bytes_.size()) bytes_[size_++] = c;
    }

    std::array<char, 320> bytes_{};
    std::size_t size_ = 0;
};

// crash_journal.cpp reads it. 0: it called exit().
void writeCrash(int signal) noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    Line line;
    line.number(now.tv_sec).space().number(signal).space();
    line.text(crumb.provider).space().text(crumb.sha256).space();
    line.text(crumb.step).space().text(crumb.correlation_id);
    line.write(journal.load());
    ::fdatasync(journal.load());
}

extern "C" void onFatalSignal(int signal) {
    const int error = errno;
    if (crumb.set != 0) {
        std::atomic_signal_fence(std::memory_order_acquire);
        crumb.set = 0; // a crash in here leaves no second line
        writeCrash(signal);
    }
    errno = error;
    // SA_RESETHAND has restored the default action, which now ends the process.
    static_cast<void>(::raise(signal));
}

extern "C" void onExit() {
    if (crumb.set == 0) return;
    writeCrash(0);
    // No destructor may run while other threads work.
    ::_exit(kExitCode);
}

} // namespace

Breadcrumb::Breadcrumb(std::string_view provider, std::string_view sha256, std::string_view step,
                       std::string_view correlation_id) noexcept {
    if (journal.load(std::memory_order_relaxed) < 0 || sha256.empty()) return;
    thread_local SignalStack stack;
    crumb.provider.set(provider);
    crumb.sha256.set(sha256);
    crumb.step.set(step);
    crumb.correlation_id.set(correlation_id);
    std::atomic_signal_fence(std::memory_order_release); // whoever sees it set sees all of it
    crumb.set = 1;
}

Breadcrumb::~Breadcrumb() {
    crumb.set = 0;
}

void leaveBreadcrumbsIn(int descriptor) noexcept {
    if (journal.exchange(descriptor) >= 0) return; // the handlers are there

    struct sigaction action {};

    action.sa_handler = &onFatalSignal;
    action.sa_flags = static_cast<int>(SA_ONSTACK | SA_RESETHAND | SA_NODEFER);
    for (const int signal : kFatalSignals)
        ::sigaction(signal, &action, nullptr);
    static_cast<void>(std::atexit(&onExit));
}

} // namespace hookgate::plugin::guard
