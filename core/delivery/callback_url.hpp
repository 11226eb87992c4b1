#pragma once

#include "core/base/ip_network.hpp"
#include "core/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hookgate::delivery {

// Where a callback goes, taken apart by the same parser that later connects, so that the two never
// read a URL differently.
struct CallbackUrl {
    std::string text;                       // normalized; without fragment
    std::string host;                       // a name or an address, without brackets
    std::uint16_t port = 0;                 // explicit or the scheme's
    std::optional<base::IpAddress> literal; // the host is this address: nothing to resolve
};

// http or https, a host of plain ASCII, no credentials. The error is a fixed text for the operator.
base::Result<CallbackUrl, std::string_view> parseCallbackUrl(const std::string& text);

} // namespace hookgate::delivery
