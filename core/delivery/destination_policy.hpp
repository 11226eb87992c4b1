#pragma once

#include "core/base/ip_network.hpp"

#include <optional>
#include <span>
#include <string>

struct sockaddr;

namespace hookgate::delivery {

// Which addresses callbacks may have. Judged on the raw bytes of the address a connection is about
// to go to, so that no spelling, name or rebinding gets around it. Immutable; safe to call from any
// thread. Whatever it cannot judge is forbidden.
class DestinationPolicy {
public:
    // CIDR networks that alone are allowed. None: everything but link-local addresses, the metadata
    // services of clouds, multicast, broadcast and the unspecified address. An entry that is no
    // network allows nothing.
    explicit DestinationPolicy(std::span<const std::string> allowed_networks);

    // An IPv6 address that carries an IPv4 one (NAT64, 6to4, Teredo, compatible) is allowed only
    // when both are.
    bool allows(const base::IpAddress& address) const noexcept;

    // False for every family but IPv4 and IPv6.
    bool allows(const sockaddr& address) const noexcept;

private:
    bool allowsBytes(const base::IpAddress& address) const noexcept;

    bool only_listed_ = false;
    base::IpNetworks networks_; // allowed when only_listed_, else forbidden
};

// The address in a socket address; nullopt for other families.
std::optional<base::IpAddress> addressOf(const sockaddr& address) noexcept;

} // namespace hookgate::delivery
