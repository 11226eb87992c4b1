#include "core/pipeline/client_address.hpp"

#include "core/base/text.hpp"

namespace hookgate::pipeline {

bool ClientAddress::isTrustedProxy(std::string_view address) const noexcept {
    if (trusted_.empty()) return false;
    const auto parsed = base::IpAddress::parse(address);
    return parsed && base::containsAddress(trusted_, *parsed);
}

std::string ClientAddress::of(const http::Request& request) const {
    std::string believed = request.peer_address;
    if (!isTrustedProxy(believed)) return believed;
    // Several header lines are one list (RFC 9110, 5.3): the last line is the one nearest to us.
    for (auto header = request.headers.rbegin(); header != request.headers.rend(); ++header) {
        if (header->name != "x-forwarded-for") continue;
        auto rest = header->value;
        while (!rest.empty()) {
            const auto comma = rest.rfind(',');
            const auto item =
                base::trim(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
            rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(0, comma);
            const auto address = base::IpAddress::parse(item);
            if (!address) return believed;
            believed = address->text();
            if (!base::containsAddress(trusted_, *address)) return believed;
        }
    }
    return believed;
}

} // namespace hookgate::pipeline
