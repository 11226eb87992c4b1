#pragma once

#include "core/base/result.hpp"
#include "core/plugin/check/vectors.hpp"
#include "core/plugin/provider_in_process.hpp"

#include <string>
#include <string_view>

namespace hookgate::simulate {

// Signs a request with the plugin's sign(), at `now`: its headers replace those of their names, and
// its URL the request's. The error says what the operator has to do.
base::Result<plugin::check::SampleRequest, std::string> signedRequest(
    const plugin::ProviderInProcess& provider, plugin::check::SampleRequest request,
    std::string_view private_key, base::UnixMs now);

// Puts the path and query of an absolute URL where they belong.
void setUrl(plugin::check::SampleRequest& request, const std::string& url);

// The request as bytes: request line, headers, blank line and body, as `hookgate explain` reads it.
std::string dumped(const plugin::check::SampleRequest& request);

} // namespace hookgate::simulate
