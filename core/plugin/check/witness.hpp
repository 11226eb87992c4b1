#pragma once

#include "core/plugin/descriptor.hpp"

#include <hookgate/provider_abi.h>

#include <cstddef>
#include <string>
#include <vector>

namespace hookgate::plugin::check {

// A message authentication code that a plugin asked for.
struct MacRequest {
    hg_hash hash = 0;
    std::string key{};
    std::string message{};
    std::string mac{};
};

// What a plugin asked of its host in its last call on this thread.
struct Usage {
    std::size_t comparisons = 0; // equal
    std::size_t signatures = 0;  // verify_signature
    std::size_t digests = 0;     // digest, hmac
    bool limited = false;        // a service answered HG_LIMIT, or there was no memory
    std::vector<MacRequest> macs{};

    bool provesSomething() const noexcept { return comparisons + signatures > 0; }
};

// How far the host's table reaches that a plugin is shown.
enum class TableLength {
    Whole,   // what version 1.0 has, whatever was added since
    Shortest // without what is optional in it: a plugin has to ask HG_HAS for it
};

// Stands between the gateway and a plugin: passes every call on and sees what is asked for. The
// plugin gets copies of the tables and of the request's structs that end at a guard page. One at a
// time in a process; calls may come from any number of threads.
class Witness {
public:
    explicit Witness(const ProviderType& type);
    ~Witness();
    Witness(const Witness&) = delete;
    Witness& operator=(const Witness&) = delete;

    // To be used in place of the plugin's own.
    const ProviderType& type() const noexcept { return type_; }

    // Of the calls that begin from now on, on every thread.
    static void setTableLength(TableLength length) noexcept;
    // Whether macs are kept, which copies their messages. Of this thread.
    static void keepMacs(bool keep) noexcept;
    static const Usage& usage() noexcept;

private:
    hg_provider functions_;
    ProviderType type_;
};

} // namespace hookgate::plugin::check
