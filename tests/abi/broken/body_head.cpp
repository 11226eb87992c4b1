// Signs the beginning of the body.
#include "tests/abi/broken/till.hpp"

namespace {

class BodyHead final : public Till {
public:
    using Till::Till;

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto head = request.body().substr(0, 32);
        const auto code = mac(context, secrets_.at(0).bytes, request.header("x-till-time"), head);
        return verdict(context.matchesBase64(code, given(request)), request, context);
    }
};

} // namespace

HG_EXPORT_PROVIDERS(BodyHead);
