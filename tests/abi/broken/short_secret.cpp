// Uses the first eight bytes of the secret.
#include "tests/abi/broken/till.hpp"

namespace {

class ShortSecret final : public Till {
public:
    using Till::Till;

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto code = mac(context, secrets_.at(0).bytes.substr(0, 8),
                              request.header("x-till-time"), request.body());
        return verdict(context.matchesBase64(code, given(request)), request, context);
    }
};

} // namespace

HG_EXPORT_PROVIDERS(ShortSecret);
