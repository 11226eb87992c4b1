#include "core/delivery/destination_policy.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <netinet/in.h>
#include <sys/socket.h>

namespace hookgate::delivery {
namespace {

using base::IpAddress;
using base::IpNetwork;
using base::IpNetworks;

constexpr std::array<std::string_view, 13> kForbidden{
    "0.0.0.0/8",             // unspecified
    "169.254.0.0/16",        // link-local, with the metadata services of most clouds
    "224.0.0.0/4",           // multicast
    "255.255.255.255/32",    // broadcast
    "100.100.100.200/32",    // Alibaba metadata
    "192.0.0.192/32",        // Oracle metadata
    "168.63.129.16/32",      // Azure platform service
    "::/128",                // unspecified
    "fe80::/10",             // link-local
    "ff00::/8",              // multicast
    "fd00:ec2::254/128",     // Amazon metadata
    "fd20:ce::254/128",      // Google metadata
    "fd00:c1::a9fe:a9fe/128" // Oracle metadata
};

IpAddress ipv4(const std::uint8_t* bytes, std::uint8_t mask = 0) noexcept {
    IpAddress address;
    address.bytes[10] = 0xff;
    address.bytes[11] = 0xff;
    for (std::size_t i = 0; i < 4; ++i)
        address.bytes[12 + i] = static_cast<std::uint8_t>(bytes[i] ^ mask);
    return address;
}

bool startsWith(const IpAddress& address, std::span<const std::uint8_t> prefix) noexcept {
    return std::equal(prefix.begin(), prefix.end(), address.bytes.begin());
}

// The IPv4 addresses that packets to an IPv6 address may end at.
struct Carried {
    std::array<IpAddress, 2> addresses;
    std::size_t count = 0;
};

Carried carriedBy(const IpAddress& address) noexcept {
    constexpr std::array<std::uint8_t, 12> kCompatible{};
    constexpr std::array<std::uint8_t, 12> kTranslated{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0};
    constexpr std::array<std::uint8_t, 12> kNat64{0, 0x64, 0xff, 0x9b};
    constexpr std::array<std::uint8_t, 6> kLocalNat64{0, 0x64, 0xff, 0x9b, 0, 1};
    constexpr std::array<std::uint8_t, 2> k6to4{0x20, 0x02};
    constexpr std::array<std::uint8_t, 4> kTeredo{0x20, 0x01, 0, 0};
    const auto* bytes = address.bytes.data();
    if (startsWith(address, kCompatible) || startsWith(address, kTranslated) ||
        startsWith(address, kNat64))
        return {.addresses = {ipv4(bytes + 12)}, .count = 1};
    if (startsWith(address, kLocalNat64)) {
        // RFC 8215 leaves the layout to the site: the last four bytes, or RFC 6052 for /48.
        const std::array<std::uint8_t, 4> split{bytes[6], bytes[7], bytes[9], bytes[10]};
        return {.addresses = {ipv4(bytes + 12), ipv4(split.data())}, .count = 2};
    }
    if (startsWith(address, k6to4)) return {.addresses = {ipv4(bytes + 2)}, .count = 1};
    // Teredo: the server, and the client with its bits inverted.
    if (startsWith(address, kTeredo))
        return {.addresses = {ipv4(bytes + 4), ipv4(bytes + 12, 0xff)}, .count = 2};
    return {};
}

// ::1 looks like an IPv4-compatible address and is none.
bool isLoopback6(const IpAddress& address) noexcept {
    IpAddress loopback;
    loopback.bytes.back() = 1;
    return address == loopback;
}

} // namespace

DestinationPolicy::DestinationPolicy(std::span<const std::string> allowed_networks)
    : only_listed_{!allowed_networks.empty()} {
    const auto add = [this](std::string_view text) {
        if (auto network = IpNetwork::parse(text)) networks_.push_back(*network);
    };
    if (only_listed_)
        std::for_each(allowed_networks.begin(), allowed_networks.end(), add);
    else
        std::for_each(kForbidden.begin(), kForbidden.end(), add);
}

bool DestinationPolicy::allowsBytes(const IpAddress& address) const noexcept {
    return base::containsAddress(networks_, address) == only_listed_;
}

bool DestinationPolicy::allows(const IpAddress& address) const noexcept {
    if (!allowsBytes(address)) return false;
    if (address.isV4() || isLoopback6(address)) return true;
    const auto carried = carriedBy(address);
    return std::all_of(carried.addresses.begin(),
                       carried.addresses.begin() + static_cast<std::ptrdiff_t>(carried.count),
                       [this](const IpAddress& inner) { return allowsBytes(inner); });
}

bool DestinationPolicy::allows(const sockaddr& address) const noexcept {
    const auto bytes = addressOf(address);
    return bytes && allows(*bytes);
}

std::optional<IpAddress> addressOf(const sockaddr& address) noexcept {
    if (address.sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof v4);
        std::array<std::uint8_t, 4> bytes{};
        std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
        return ipv4(bytes.data());
    }
    if (address.sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &address, sizeof v6);
        IpAddress result;
        std::memcpy(result.bytes.data(), &v6.sin6_addr, result.bytes.size());
        return result;
    }
    return std::nullopt;
}

} // namespace hookgate::delivery
