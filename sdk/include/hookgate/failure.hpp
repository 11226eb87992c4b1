// hookgate/failure.hpp - text across the boundary, and how a call says that it failed. Part of
// provider.hpp.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "hookgate/provider_abi.h"

namespace hookgate {

constexpr hg_str raw(std::string_view text) noexcept {
    return {text.data(), text.size()};
}

constexpr std::string_view view(hg_str text) noexcept {
    return {text.data, static_cast<std::size_t>(text.size)};
}

// A call that ends with a status other than HG_OK. what() goes to the operator.
class Failure : public std::runtime_error {
public:
    Failure(hg_status status, const std::string& why) : std::runtime_error{why}, status_{status} {}

    hg_status status() const noexcept { return status_; }

private:
    hg_status status_;
};

// The constructor's way to say what the operator has to change.
struct InvalidSettings : Failure {
    explicit InvalidSettings(const std::string& why) : Failure{HG_INVALID_SETTINGS, why} {}
};

// normalize: the payload is not what the provider promises. The sender reads what() too.
struct Malformed : Failure {
    explicit Malformed(const std::string& why) : Failure{HG_MALFORMED, why} {}
};

// normalize: authentic and of no interest.
struct Ignored : Failure {
    explicit Ignored(const std::string& why) : Failure{HG_IGNORED, why} {}
};

} // namespace hookgate
