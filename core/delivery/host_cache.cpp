#include "core/delivery/host_cache.hpp"

#include "core/delivery/transfer.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace hookgate::delivery {
namespace {

// One for each callback host; more means that integrations came and went for a long time.
constexpr std::size_t kHostsMax = 1024;

void append(std::vector<std::unique_ptr<Transfer>>& to,
            std::vector<std::unique_ptr<Transfer>>& from) {
    std::move(from.begin(), from.end(), std::back_inserter(to));
    from.clear();
}

} // namespace

HostCache::HostCache(std::function<bool(const std::string& host)> start)
    : start_{std::move(start)} {}

HostCache::~HostCache() = default;

void HostCache::settle(Host& host, std::vector<base::IpAddress> addresses, base::BootMs now) {
    host.pending = false;
    host.entry.good_until = now + (addresses.empty() ? kFailedForMs : kFoundForMs);
    if (host.entry.version != 0 && host.entry.addresses == addresses) return;
    host.entry.addresses = std::move(addresses);
    host.entry.version = ++versions_;
}

const HostCache::Entry* HostCache::find(const std::string& host, base::BootMs now) {
    if (hosts_.size() > kHostsMax)
        std::erase_if(hosts_, [now](const auto& known) {
            return !known.second.pending && known.second.entry.good_until <= now;
        });
    auto& known = hosts_[host];
    if (known.pending) return nullptr;
    if (known.entry.good_until > now) return &known.entry;
    if (!start_(host)) {
        settle(known, {}, now);
        return &known.entry;
    }
    known.pending = true;
    known.deadline = now + kPatienceMs;
    return nullptr;
}

void HostCache::park(const std::string& host, std::unique_ptr<Transfer> transfer) {
    hosts_[host].waiting.push_back(std::move(transfer));
}

std::vector<std::unique_ptr<Transfer>> HostCache::resolved(const std::string& host,
                                                           std::vector<base::IpAddress> addresses,
                                                           base::BootMs now) {
    std::vector<std::unique_ptr<Transfer>> ready;
    auto& known = hosts_[host];
    settle(known, std::move(addresses), now);
    append(ready, known.waiting);
    return ready;
}

std::vector<std::unique_ptr<Transfer>> HostCache::overdue(base::BootMs now) {
    std::vector<std::unique_ptr<Transfer>> ready;
    for (auto& [name, host] : hosts_) {
        if (!host.pending || host.deadline > now) continue;
        settle(host, {}, now);
        append(ready, host.waiting);
    }
    return ready;
}

std::vector<std::unique_ptr<Transfer>> HostCache::parked() {
    std::vector<std::unique_ptr<Transfer>> all;
    for (auto& [name, host] : hosts_)
        append(all, host.waiting);
    return all;
}

base::BootMs HostCache::nextDeadline() const noexcept {
    base::BootMs next = 0;
    for (const auto& [name, host] : hosts_)
        if (host.pending) next = next == 0 ? host.deadline : std::min(next, host.deadline);
    return next;
}

} // namespace hookgate::delivery
