// Lets the sender say how it signed, and knows a way that needs no key.
#include "tests/abi/broken/till.hpp"

#include <array>

namespace {

class ChosenAlgorithm final : public Till {
public:
    using Till::Till;

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto [name, code] = hookgate::split(request.header("x-till-signature"), '=');
        const auto time = request.header("x-till-time");
        const auto& key = secrets_.at(0).bytes;
        const std::array<std::string_view, 3> parts{time, ".", request.body()};
        const auto wanted = name == "sha256" ? context.hmac(HG_SHA256, key, parts)
                            : name == "sha1" ? context.hmac(HG_SHA1, key, parts)
                                             : context.digest(HG_MD5, parts);
        const bool known = name == "sha256" || name == "sha1" || name == "md5";
        return verdict(known && context.matchesBase64(wanted, code), request, context);
    }
};

} // namespace

HG_EXPORT_PROVIDERS(ChosenAlgorithm);
