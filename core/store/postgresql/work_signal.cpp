#include "core/store/postgresql/work_signal.hpp"

#include "core/base/thread.hpp"
#include "core/store/postgresql/retention.hpp"

#include <algorithm>
#include <cstdint>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace hookgate::store::postgresql {
namespace {

constexpr std::chrono::milliseconds kTellingGap{100};
constexpr std::chrono::milliseconds kReconnectGap{100};
constexpr std::chrono::minutes kPartitionsGap{10};
constexpr auto kChannel = "hookgate_work";

} // namespace

WorkSignal::WorkSignal(ConnectOptions options, std::string node, std::function<void()> heard,
                       const Context& context, base::Log& log)
    : node_{std::move(node)},
      heard_{std::move(heard)},
      context_{context},
      log_{log},
      session_{std::move(options),
               [this](Connection& connection) {
                   connection.execute(std::string{"LISTEN "} + kChannel);
                   incarnation_.set(readIncarnation(connection));
                   // What was told while nobody listened is lost.
                   if (heard_) heard_();
               }},
      wakeup_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)},
      next_partitions_{Clock::now() + kPartitionsGap} {
    thread_ = base::startThread("store-signal", [this] { loop(); });
}

WorkSignal::~WorkSignal() {
    stopping_ = true;
    wake();
    thread_.join();
    ::close(wakeup_);
}

void WorkSignal::tell() noexcept {
    if (!to_tell_.exchange(true)) wake();
}

void WorkSignal::wake() noexcept {
    const std::uint64_t one = 1;
    static_cast<void>(!::write(wakeup_, &one, sizeof one));
}

void WorkSignal::loop() {
    while (!stopping_) {
        try {
            auto& connection = session_.use();
            const auto patience = turn(connection);
            const auto heard = connection.notifications(wakeup_, patience);
            if (heard_ && std::any_of(heard.begin(), heard.end(),
                                      [this](const auto& node) { return node != node_; }))
                heard_();
        } catch (const StoreError& e) {
            session_.drop();
            incarnation_.set({});
            log_.debug("signal between nodes interrupted", {{"error", e.what()}});
            pollfd descriptor{wakeup_, POLLIN, 0};
            if (stopping_) return;
            ::poll(&descriptor, 1, static_cast<int>(kReconnectGap.count()));
        }
        std::uint64_t wakes = 0;
        static_cast<void>(!::read(wakeup_, &wakes, sizeof wakes));
    }
}

std::chrono::milliseconds WorkSignal::turn(Connection& connection) {
    const auto now = Clock::now();
    if (now >= next_partitions_) {
        next_partitions_ = now + kPartitionsGap;
        preparePartitions(connection, context_.clock.unixMs());
    }
    auto wait = next_partitions_ - now;
    if (to_tell_) {
        if (now >= next_telling_) {
            to_tell_ = false;
            connection.execute(std::string{"NOTIFY "} + kChannel + ", '" + node_ + '\'');
            next_telling_ = now + kTellingGap;
        } else {
            wait = std::min<Clock::duration>(wait, next_telling_ - now);
        }
    }
    return std::chrono::ceil<std::chrono::milliseconds>(wait);
}

} // namespace hookgate::store::postgresql
