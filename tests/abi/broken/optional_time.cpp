// Looks at the time if there is one.
#include "tests/abi/broken/till.hpp"

namespace {

class OptionalTime final : public Till {
public:
    using Till::Till;

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto code = context.hmac(HG_SHA256, secrets_.at(0).bytes, {request.body()});
        if (!context.matchesBase64(code, given(request)))
            return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISMATCH);
        return hookgate::Verdict::accept(
            {}, context.timeIf(request.header("x-till-time"), HG_TIME_S).value_or(0));
    }
};

} // namespace

HG_EXPORT_PROVIDERS(OptionalTime);
