#include "core/config/values.hpp"

#include "core/base/ip_network.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace hookgate::config {
namespace {

constexpr std::int64_t kPortMax = 65'535;
constexpr std::string_view kRedisScheme = "redis://";
constexpr std::string_view kPasswordKey = "password=";

std::optional<std::int64_t> wholeNumber(std::string_view text) noexcept {
    std::int64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return number;
}

bool isHostNameCharacter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
}

// Where the password of a URL stands, as offset and length.
struct Range {
    std::size_t begin = 0;
    std::size_t length = 0;
};

std::optional<Range> passwordInAuthority(std::string_view url) noexcept {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) return std::nullopt;
    const auto begin = scheme + 3;
    // A password may hold an unescaped slash or question mark by mistake: better to mask too much.
    const auto at = url.rfind('@');
    if (at == std::string_view::npos || at < begin) return std::nullopt;
    const auto colon = url.substr(0, at).find(':', begin);
    if (colon == std::string_view::npos || colon + 1 == at) return std::nullopt;
    return Range{colon + 1, at - colon - 1};
}

std::optional<Range> passwordInQuery(std::string_view url) noexcept {
    const auto query = url.find('?');
    if (query == std::string_view::npos) return std::nullopt;
    const auto key = url.find(kPasswordKey, query);
    if (key == std::string_view::npos) return std::nullopt;
    const auto begin = key + kPasswordKey.size();
    const auto end = std::min(url.find('&', begin), url.size());
    if (begin == end) return std::nullopt;
    return Range{begin, end - begin};
}

} // namespace

base::Result<std::int64_t, std::string> readInteger(std::string_view text, std::int64_t least,
                                                    std::int64_t most) {
    const auto number = wholeNumber(text);
    if (number && *number >= least && *number <= most) return *number;
    return base::Error{"is no whole number from " + std::to_string(least) + " to " +
                       std::to_string(most)};
}

base::Result<std::vector<std::string>, std::string> readNetworks(std::string_view text) {
    std::vector<std::string> networks;
    for (bool more = true; more;) {
        const auto comma = text.find(',');
        more = comma != std::string_view::npos;
        const auto network = base::trim(text.substr(0, comma));
        if (!base::IpNetwork::parse(network))
            return base::Error{"holds \"" + std::string{network} +
                               "\", which is no network; write a list such as "
                               "10.0.0.0/8,2001:db8::/32 (CIDR)"};
        networks.emplace_back(network);
        if (more) text.remove_prefix(comma + 1);
    }
    return networks;
}

bool isHost(std::string_view text) noexcept {
    if (text.empty() || text.size() > 253) return false;
    return base::IpAddress::parse(text).has_value() ||
           std::ranges::all_of(text, isHostNameCharacter);
}

base::Result<HostAndPort, std::string> readHostAndPort(std::string_view text) {
    const auto colon = text.rfind(':');
    auto host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    else if (host.find(':') != std::string_view::npos)
        host = {};
    const auto port = colon == std::string_view::npos ? std::optional<std::int64_t>{}
                                                      : wholeNumber(text.substr(colon + 1));
    if (isHost(host) && port && *port >= 0 && *port <= kPortMax)
        return HostAndPort{std::string{host}, static_cast<std::uint16_t>(*port)};
    return base::Error{
        std::string{"is no host:port; write for example 127.0.0.1:9090 or [::1]:9090"}};
}

std::string databaseUrlProblem(std::string_view url) {
    if (url.starts_with("postgresql://") || url.starts_with("postgres://")) return {};
    if (url.starts_with("sqlite://"))
        return "is a URL where a path has to follow sqlite:; write sqlite:data/hookgate.db or "
               "sqlite:/var/lib/hookgate/hookgate.db";
    if (url == "sqlite:" || url.starts_with("sqlite::memory"))
        return "names no file; write sqlite:PATH, for example sqlite:data/hookgate.db";
    if (url.starts_with("sqlite:")) return {};
    return "is no database; write sqlite:PATH or postgresql://USER@HOST/DATABASE";
}

std::string redisUrlProblem(std::string_view url) {
    std::string problem = "is no Redis; write redis://[:PASSWORD@]HOST:PORT/DB";
    if (!url.starts_with(kRedisScheme)) return problem;
    auto rest = url.substr(kRedisScheme.size());
    if (const auto at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
    const auto slash = rest.find('/');
    if (slash != std::string_view::npos && slash + 1 < rest.size() &&
        !readInteger(rest.substr(slash + 1), 0, 15))
        return problem + ", DB from 0 to 15";
    const auto address = rest.substr(0, slash);
    if (isHost(address) || readHostAndPort(address)) return {};
    return problem;
}

std::string withoutPassword(std::string_view url) {
    std::string masked{url};
    if (const auto query = passwordInQuery(masked))
        masked.replace(query->begin, query->length, kMask);
    if (const auto user = passwordInAuthority(masked))
        masked.replace(user->begin, user->length, kMask);
    return masked;
}

bool hasPassword(std::string_view url) {
    return passwordInAuthority(url).has_value() || passwordInQuery(url).has_value();
}

} // namespace hookgate::config
