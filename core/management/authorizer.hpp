#pragma once

#include "core/base/crypto.hpp"
#include "core/http/router.hpp"

#include <functional>
#include <string_view>

namespace hookgate::management {

// Compares the key of a request, in `x-internal-api-key` or `Authorization: Bearer`, with the
// management key in constant time. A request that names a key twice, in either way, is refused:
// what stands before the gateway may have looked at the other one. Safe to call from any thread.
class ApiKeyAuthorizer final : public http::Authorizer {
public:
    // Told of every refusal, on the I/O thread: must neither block nor throw. `reason` is
    // "missing_key", "wrong_key" or "ambiguous_key".
    using FailureSink = std::function<void(const http::Request& request, std::string_view reason)>;

    // An empty key authorizes nobody.
    ApiKeyAuthorizer(std::string_view key, FailureSink on_failure);

    bool authorized(const http::Request& request) noexcept override;

private:
    std::string_view refusal(const http::Request& request) const noexcept;

    const bool has_key_;
    const base::Sha256 key_sha256_;
    const FailureSink on_failure_;
};

} // namespace hookgate::management
