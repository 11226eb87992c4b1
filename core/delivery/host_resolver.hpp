#pragma once

#include "core/base/ip_network.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hookgate::delivery {

// Looks up names on a few threads of its own, because getaddrinfo() cannot be given a deadline: a
// name server that never answers costs one of these threads a few seconds and nobody else anything.
// Each name is looked up by one thread at a time. Safe to call from any thread.
class HostResolver {
public:
    // The addresses of a host; empty when there are none. May block for seconds.
    using Lookup = std::function<std::vector<base::IpAddress>(const std::string& host)>;
    // Called on a thread of the resolver, never after the resolver's destructor has begun.
    using Found =
        std::function<void(const std::string& host, std::vector<base::IpAddress> addresses)>;

    // Threads are started when they are needed.
    HostResolver(Lookup lookup, Found found);
    // Does not wait for look-ups that hang; their threads end by themselves.
    ~HostResolver();
    HostResolver(const HostResolver&) = delete;
    HostResolver& operator=(const HostResolver&) = delete;

    // False: too many look-ups wait already. A host that is being looked up is not asked for twice.
    bool start(const std::string& host);

private:
    struct State;
    static void run(const std::shared_ptr<State>& state);
    std::shared_ptr<State> state_;
};

// getaddrinfo(), with short waits for each name server.
std::vector<base::IpAddress> lookUpHost(const std::string& host);

} // namespace hookgate::delivery
