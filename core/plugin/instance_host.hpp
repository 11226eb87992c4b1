#pragma once

#include "core/base/clock.hpp"
#include "core/base/log.hpp"

#include <hookgate/provider_abi.h>

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::plugin {

// What the gateway offers to one instance of a provider (hg_host): crypto, time, and a log that
// can neither flood nor tell the integration's secrets. Safe to use from any thread.
class InstanceHost final : public hg_host {
public:
    struct Identity {
        std::string provider;
        std::string integration;
    };

    // sink and clock outlive the host. Only a simulator may sign.
    InstanceHost(Identity identity, std::vector<std::string> secrets, base::Log& sink,
                 const base::Clock& clock, bool may_sign);
    InstanceHost(const InstanceHost&) = delete;
    InstanceHost& operator=(const InstanceHost&) = delete;

    // A plugin's words as they may be logged: UTF-8, bounded, without the secrets.
    std::string presentable(std::string_view text) const;

    const base::Clock& clock() const noexcept { return clock_; }

private:
    friend struct HostFunctions;

    void write(hg_log_level level, std::string_view message) const;
    // Whether one more line fits; `dropped` is how many did not since the last that did.
    bool admitLine(std::int64_t& dropped) const;

    const Identity identity_;
    const std::vector<std::string> secrets_;
    base::Log& log_;
    const base::Clock& clock_;

    mutable std::mutex mutex_;
    mutable base::BootMs window_began_ = 0;
    mutable int window_lines_ = 0;
    mutable std::int64_t dropped_ = 0;
};

} // namespace hookgate::plugin
