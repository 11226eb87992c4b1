#pragma once

#include "core/base/clock.hpp"
#include "core/coordination/redis/coordinator.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/silent_log.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

namespace hookgate::coordination::redis {

// Long enough for a busy machine; what a frozen server costs is told in multiples of it.
constexpr std::chrono::milliseconds kBudget{250};

inline base::Uuid installation(std::uint8_t number = 1) {
    base::Uuid id;
    id.bytes.fill(number);
    return id;
}

inline Marker markerOf(char fill) {
    Marker marker;
    marker.event_id.bytes.fill(static_cast<std::uint8_t>(fill));
    marker.body_sha256 = std::string(32, fill);
    return marker;
}

class RedisTest : public testing::Test {
protected:
    std::unique_ptr<Coordinator> connect(std::uint16_t port, const std::string& password = {},
                                         int database = 0, std::uint8_t number = 1) {
        return makeCoordinator({.address = {.host = "127.0.0.1",
                                            .port = port,
                                            .user = {},
                                            .password = password,
                                            .database = database},
                                .installation_id = installation(number),
                                .budget = kBudget},
                               clock_, log_);
    }

    static int admitted(Coordinator& coordinator, std::string_view key, std::int64_t limit,
                        int requests) {
        int count = 0;
        for (int i = 0; i < requests; ++i)
            if (coordinator.admit(key, limit).admitted) ++count;
        return count;
    }

    // What the coordinator has to say within two seconds and a bit.
    static bool becomes(const Coordinator& coordinator, bool degraded) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds{2500};
        while (coordinator.health().degraded != degraded) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds{2});
        }
        return true;
    }

    base::SystemClock clock_;
    testing_support::SilentLog log_;
};

} // namespace hookgate::coordination::redis
