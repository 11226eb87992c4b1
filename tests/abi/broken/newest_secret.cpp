// Knows the newest secret alone, so that none can be rotated.
#include "tests/abi/broken/till.hpp"

namespace {

class NewestSecret final : public Till {
public:
    using Till::Till;

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        return verdict(context.equal(expected(request, context), given(request)), request, context);
    }
};

} // namespace

HG_EXPORT_PROVIDERS(NewestSecret);
