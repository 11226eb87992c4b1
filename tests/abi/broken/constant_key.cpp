// Has a key of its own, left over from a test.
#include "tests/abi/broken/till.hpp"

namespace {

class ConstantKey final : public Till {
public:
    using Till::Till;

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto code =
            mac(context, "till-test-key", request.header("x-till-time"), request.body());
        return verdict(context.matchesBase64(code, given(request)), request, context);
    }
};

} // namespace

HG_EXPORT_PROVIDERS(ConstantKey);
