#pragma once

#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/coordination/coordinator.hpp"
#include "core/store/event_store.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace hookgate::app {

// What has to be done now and then, on a thread of its own: taking up integrations that were seeded
// beside a running gateway, and dropping what is older than RETENTION_DAYS.
class Housekeeping {
public:
    struct Options {
        std::chrono::milliseconds integrations_interval{2000};
        std::chrono::milliseconds retention_interval{600'000};
        std::chrono::days retention{90};
        std::chrono::seconds lock_ttl{60}; // of the lock that keeps other nodes from retention
    };

    // `refresh_integrations` is called at every look; it may throw store::StoreError. The store,
    // coordinator, log and clock outlive the housekeeping.
    Housekeeping(Options options, std::function<void()> refresh_integrations,
                 store::EventStore& store, coordination::Coordinator& coordinator, base::Log& log,
                 const base::Clock& clock);
    ~Housekeeping(); // as stop()
    Housekeeping(const Housekeeping&) = delete;
    Housekeeping& operator=(const Housekeeping&) = delete;

    void stop() noexcept;

private:
    void run();
    // Unless another node is at it: two of them are safe, and do each other's work again.
    void retainAlone();
    void dropWhatIsOld();
    bool stopping();
    // False: stop() was called.
    bool sleep();

    const Options options_;
    const std::function<void()> refresh_integrations_;
    store::EventStore& store_;
    coordination::Coordinator& coordinator_;
    base::Log& log_;
    const base::Clock& clock_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::jthread thread_;
};

} // namespace hookgate::app
