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

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
constexpr bool isUtf8(std::string_view text) noexcept {
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const std::size_t more = lead < 0x80                    ? 0
                                 : lead >= 0xc2 && lead <= 0xdf ? 1
                                 : lead >= 0xe0 && lead <= 0xef ? 2
                                 : lead >= 0xf0 && lead <= 0xf4 ? 3
                                                                : 4;
        if (more == 4 || text.size() - i <= more) return false;
        for (std::size_t k = 1; k <= more; ++k) {
            const auto next = static_cast<unsigned char>(text[i + k]);
            unsigned char lowest = 0x80;
            unsigned char highest = 0xbf;
            if (k == 1 && lead == 0xe0) lowest = 0xa0;
            if (k == 1 && lead == 0xed) highest = 0x9f;
            if (k == 1 && lead == 0xf0) lowest = 0x90;
            if (k == 1 && lead == 0xf4) highest = 0x8f;
            if (next < lowest || next > highest) return false;
        }
        i += more + 1;
    }
    return true;
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
