#include "core/management/authorizer.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <optional>

namespace hookgate::management {
namespace {

constexpr std::string_view kKeyHeader = "x-internal-api-key";
constexpr std::string_view kAuthorizationHeader = "authorization";
constexpr std::string_view kBearer = "bearer ";

// The credentials of "Bearer <credentials>", empty for any other scheme.
std::string_view bearerToken(std::string_view value) noexcept {
    if (value.size() <= kBearer.size() ||
        !base::equalIgnoringCase(value.substr(0, kBearer.size()), kBearer))
        return {};
    return base::trim(value.substr(kBearer.size()));
}

std::string_view asText(const base::Sha256& digest) noexcept {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

} // namespace

ApiKeyAuthorizer::ApiKeyAuthorizer(std::string_view key, FailureSink on_failure)
    : has_key_{!key.empty()},
      key_sha256_{base::sha256(key)},
      on_failure_{std::move(on_failure)} {}

bool ApiKeyAuthorizer::authorized(const http::Request& request) noexcept {
    const auto reason = refusal(request);
    if (reason.empty()) return true;
    if (on_failure_) on_failure_(request, reason);
    return false;
}

std::string_view ApiKeyAuthorizer::refusal(const http::Request& request) const noexcept {
    const auto carriers =
        std::count_if(request.headers.begin(), request.headers.end(), [](const auto& header) {
            return header.name == kKeyHeader || header.name == kAuthorizationHeader;
        });
    if (carriers == 0) return "missing_key";
    if (carriers > 1) return "ambiguous_key";
    auto given = request.header(kKeyHeader);
    if (given.empty()) given = bearerToken(request.header(kAuthorizationHeader));
    if (given.empty()) return "missing_key";
    // Digests are of one length, so that not even the length of the key shows in the time.
    const auto given_sha256 = base::sha256(given);
    const bool equal = base::equalConstantTime(asText(given_sha256), asText(key_sha256_));
    return equal && has_key_ ? std::string_view{} : "wrong_key";
}

} // namespace hookgate::management
