#pragma once

#include "core/base/ip_network.hpp"
#include "core/http/message.hpp"

#include <string>

namespace hookgate::pipeline {

// Who sent a request: the TCP peer, unless that is a trusted proxy. Only then is X-Forwarded-For
// read, from the right, up to the first address that is no trusted proxy itself; garbage ends the
// walk at the last address that could be believed. Immutable; safe to use from any thread.
class ClientAddress {
public:
    explicit ClientAddress(base::IpNetworks trusted_proxies)
        : trusted_{std::move(trusted_proxies)} {}

    std::string of(const http::Request& request) const;
    bool isTrustedProxy(std::string_view address) const noexcept;

private:
    base::IpNetworks trusted_;
};

} // namespace hookgate::pipeline
