#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::base {

// An IPv4 or IPv6 address as 16 bytes; IPv4 as ::ffff:a.b.c.d, so that both spellings of one are
// equal.
struct IpAddress {
    std::array<std::uint8_t, 16> bytes{};

    bool operator==(const IpAddress&) const = default;

    // Numeric forms only, without port, brackets or zone.
    static std::optional<IpAddress> parse(std::string_view text) noexcept;

    // 1.2.3.4 for an IPv4 address in either spelling, RFC 5952 for IPv6.
    std::string text() const;

    bool isV4() const noexcept;
};

// A range of addresses in CIDR notation; a single address is a range of one.
class IpNetwork {
public:
    static std::optional<IpNetwork> parse(std::string_view text) noexcept;
    bool contains(const IpAddress& address) const noexcept;

private:
    IpAddress address_;
    unsigned prefix_bits_ = 128; // of the 16-byte form
};

using IpNetworks = std::vector<IpNetwork>;

// What one client is counted by: an IPv4 address, or the /64 of an IPv6 address, all of which
// belongs to whoever has one of them (RFC 4291, 2.5.4). Text that is no address comes back as it
// is.
std::string clientRangeOf(std::string_view address);

bool containsAddress(const IpNetworks& networks, const IpAddress& address) noexcept;

} // namespace hookgate::base
