#include "core/base/ip_network.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>

#include <arpa/inet.h>

namespace hookgate::base {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned kMappedBits = 96;
constexpr std::ptrdiff_t kNetworkBytes = 8; // of an IPv6 address; the rest is the interface's

} // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) noexcept {
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    if (text.empty() || text.size() >= terminated.size()) return std::nullopt;
    text.copy(terminated.data(), text.size());
    IpAddress address;
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin());
    if (::inet_pton(AF_INET, terminated.data(), address.bytes.data() + kMappedPrefix.size()) == 1)
        return address;
    if (::inet_pton(AF_INET6, terminated.data(), address.bytes.data()) == 1) return address;
    return std::nullopt;
}

bool IpAddress::isV4() const noexcept {
    return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin());
}

std::string IpAddress::text() const {
    std::array<char, INET6_ADDRSTRLEN> out{};
    if (isV4())
        ::inet_ntop(AF_INET, bytes.data() + kMappedPrefix.size(), out.data(), out.size());
    else
        ::inet_ntop(AF_INET6, bytes.data(), out.data(), out.size());
    return out.data();
}

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) noexcept {
    const auto slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) return std::nullopt;
    // "::ffff:10.0.0.0/104" counts its bits over the whole address, "10.0.0.0/8" over the last four
    // bytes.
    const bool dotted_only = text.substr(0, slash).find(':') == std::string_view::npos;
    const unsigned most = dotted_only ? 32 : 128;
    unsigned bits = most;
    if (slash != std::string_view::npos) {
        const auto digits = text.substr(slash + 1);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), bits);
        if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size() ||
            bits > most)
            return std::nullopt;
    }
    IpNetwork network;
    network.address_ = *address;
    network.prefix_bits_ = dotted_only ? bits + kMappedBits : bits;
    return network;
}

bool IpNetwork::contains(const IpAddress& address) const noexcept {
    const auto whole = prefix_bits_ / 8;
    if (std::memcmp(address_.bytes.data(), address.bytes.data(), whole) != 0) return false;
    const auto rest = prefix_bits_ % 8;
    if (rest == 0) return true;
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
    return ((address_.bytes[whole] ^ address.bytes[whole]) & mask) == 0;
}

std::string clientRangeOf(std::string_view address) {
    std::string same{address};
    if (address.find(':') == std::string_view::npos) return same;
    auto range = IpAddress::parse(address);
    if (!range) return same;
    if (range->isV4()) return range->text();
    std::fill(range->bytes.begin() + kNetworkBytes, range->bytes.end(), std::uint8_t{0});
    return range->text() + "/64";
}

bool containsAddress(const IpNetworks& networks, const IpAddress& address) noexcept {
    return std::any_of(networks.begin(), networks.end(),
                       [&](const IpNetwork& network) { return network.contains(address); });
}

} // namespace hookgate::base
