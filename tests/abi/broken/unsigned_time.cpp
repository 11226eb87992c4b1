// Looks at the time, but signs the body alone: whoever saw one request can send it again with
// the time of the day.
#include "tests/abi/broken/till.hpp"

namespace {

class UnsignedTime final : public Till {
public:
    using Till::Till;

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto code = context.hmac(HG_SHA256, secrets_.at(0).bytes, {request.body()});
        return verdict(context.matchesBase64(code, given(request)), request, context);
    }
};

} // namespace

HG_EXPORT_PROVIDERS(UnsignedTime);
