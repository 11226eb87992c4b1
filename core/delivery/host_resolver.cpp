#include "core/delivery/host_resolver.hpp"

#include "core/base/thread.hpp"
#include "core/delivery/destination_policy.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <unordered_set>
#include <utility>

#include <netdb.h>
#include <resolv.h>
#include <sys/socket.h>

namespace hookgate::delivery {
namespace {

constexpr std::size_t kThreadsMax = 4;
constexpr std::size_t kQueueMax = 256;
constexpr std::size_t kAddressesMax = 8;

} // namespace

// Shared with the threads, which may outlive the resolver.
struct HostResolver::State {
    std::mutex mutex;
    std::condition_variable work;
    Lookup lookup;
    Found found; // called with `finding` held
    std::deque<std::string> queue;
    std::unordered_set<std::string> pending; // queued or being looked up
    std::size_t threads = 0;
    std::size_t idle = 0;
    bool closed = false;

    std::mutex finding; // keeps `found` from being called once closed
};

HostResolver::HostResolver(Lookup lookup, Found found) : state_{std::make_shared<State>()} {
    state_->lookup = std::move(lookup);
    state_->found = std::move(found);
}

HostResolver::~HostResolver() {
    const std::scoped_lock lock{state_->finding, state_->mutex};
    state_->closed = true;
    state_->found = nullptr;
    state_->work.notify_all();
}

bool HostResolver::start(const std::string& host) {
    const std::lock_guard lock{state_->mutex};
    if (state_->pending.contains(host)) return true;
    if (state_->queue.size() >= kQueueMax) return false;
    state_->pending.insert(host);
    state_->queue.push_back(host);
    if (state_->idle == 0 && state_->threads < kThreadsMax) {
        ++state_->threads;
        base::startThread("delivery-dns", [state = state_] { run(state); }).detach();
    }
    state_->work.notify_one();
    return true;
}

void HostResolver::run(const std::shared_ptr<State>& state) {
    std::unique_lock lock{state->mutex};
    for (;;) {
        ++state->idle;
        state->work.wait(lock, [&] { return state->closed || !state->queue.empty(); });
        --state->idle;
        if (state->closed) return;
        const auto host = std::move(state->queue.front());
        state->queue.pop_front();
        lock.unlock();
        std::vector<base::IpAddress> addresses;
        try {
            addresses = state->lookup(host);
        } catch (const std::exception&) {
            addresses.clear(); // as a name that does not resolve
        }
        {
            // No longer pending before it is told: who then asks again gets a new look-up.
            const std::lock_guard relock{state->mutex};
            state->pending.erase(host);
        }
        {
            const std::lock_guard finding{state->finding};
            if (state->found) state->found(host, std::move(addresses));
        }
        lock.lock();
    }
}

std::vector<base::IpAddress> lookUpHost(const std::string& host) {
    // The resolver's options are of this thread alone. The defaults (5 s, twice, for each server
    // and each search domain) would hold it for much too long.
    if (::res_init() == 0) {
        _res.retrans = 1;
        _res.retry = 2;
    }
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    std::vector<base::IpAddress> addresses;
    if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return addresses;
    for (const auto* entry = found; entry != nullptr; entry = entry->ai_next) {
        const auto address = addressOf(*entry->ai_addr);
        if (!address || std::find(addresses.begin(), addresses.end(), *address) != addresses.end())
            continue;
        addresses.push_back(*address);
        if (addresses.size() == kAddressesMax) break;
    }
    ::freeaddrinfo(found);
    return addresses;
}

} // namespace hookgate::delivery
