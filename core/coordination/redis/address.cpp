#include "core/coordination/redis/address.hpp"

#include "core/base/text.hpp"

#include <charconv>

namespace hookgate::coordination::redis {
namespace {

constexpr std::string_view kScheme = "redis://";

template <class Number>
bool readWhole(std::string_view text, Number& out) noexcept {
    const auto* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, out);
    return error == std::errc{} && stop == end;
}

bool readCredentials(std::string_view text, Address& address) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return false;
    auto user = base::percentDecode(text.substr(0, colon));
    auto password = base::percentDecode(text.substr(colon + 1));
    if (!user || !password) return false;
    address.user = std::move(*user);
    address.password = std::move(*password);
    return true;
}

// host, host:port, [v6] or [v6]:port
bool readHost(std::string_view text, Address& address) {
    std::string_view port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return false;
        address.host = text.substr(1, end - 1);
        port = text.substr(end + 1);
        if (!port.empty() && !port.starts_with(':')) return false;
    } else {
        const auto colon = text.find(':');
        address.host = text.substr(0, colon);
        if (colon != std::string_view::npos) port = text.substr(colon);
    }
    if (address.host.empty()) return false;
    return port.empty() || readWhole(port.substr(1), address.port);
}

} // namespace

std::optional<Address> parseAddress(std::string_view url) {
    if (!url.starts_with(kScheme)) return std::nullopt;
    url.remove_prefix(kScheme.size());
    Address address;
    // A password may hold an unescaped '@' or '/'.
    if (const auto at = url.rfind('@'); at != std::string_view::npos) {
        if (!readCredentials(url.substr(0, at), address)) return std::nullopt;
        url.remove_prefix(at + 1);
    }
    const auto slash = url.find('/');
    if (!readHost(url.substr(0, slash), address)) return std::nullopt;
    if (slash != std::string_view::npos && slash + 1 < url.size() &&
        !readWhole(url.substr(slash + 1), address.database))
        return std::nullopt;
    return address;
}

} // namespace hookgate::coordination::redis
