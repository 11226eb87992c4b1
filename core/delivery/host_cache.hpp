#pragma once

#include "core/base/clock.hpp"
#include "core/base/ip_network.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace hookgate::delivery {

class Transfer;

// What is known of host names, and who waits for it. Answers are kept for 30 s, failures for 5 s;
// nobody waits longer than 2 s. Belongs to the send loop's thread.
class HostCache {
public:
    static constexpr base::BootMs kFoundForMs = 30'000;
    static constexpr base::BootMs kFailedForMs = 5000;
    static constexpr base::BootMs kPatienceMs = 2000;

    // Starts a look-up whose result comes to resolved(); false: it cannot be started now.
    explicit HostCache(std::function<bool(const std::string& host)> start);
    ~HostCache();
    HostCache(const HostCache&) = delete;
    HostCache& operator=(const HostCache&) = delete;

    struct Entry {
        std::vector<base::IpAddress> addresses; // empty: it does not resolve
        std::uint64_t version = 0;              // changes with the addresses
        base::BootMs good_until = 0;
    };

    // What is known now; null: a look-up is under way, park() who waits for it.
    const Entry* find(const std::string& host, base::BootMs now);
    void park(const std::string& host, std::unique_ptr<Transfer> transfer);

    // Both return who can go on: find() now has an answer for them.
    std::vector<std::unique_ptr<Transfer>> resolved(const std::string& host,
                                                    std::vector<base::IpAddress> addresses,
                                                    base::BootMs now);
    std::vector<std::unique_ptr<Transfer>> overdue(base::BootMs now);
    std::vector<std::unique_ptr<Transfer>> parked(); // all, at the end

    // When overdue() has something to do at the earliest; 0: nothing is under way.
    base::BootMs nextDeadline() const noexcept;

private:
    struct Host {
        Entry entry;
        bool pending = false;
        base::BootMs deadline = 0;
        std::vector<std::unique_ptr<Transfer>> waiting;
    };

    void settle(Host& host, std::vector<base::IpAddress> addresses, base::BootMs now);

    std::function<bool(const std::string&)> start_;
    std::unordered_map<std::string, Host> hosts_;
    std::uint64_t versions_ = 0;
};

} // namespace hookgate::delivery
