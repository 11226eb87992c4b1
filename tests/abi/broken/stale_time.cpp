// Signs the time and does not look at it.
#include "tests/abi/broken/till.hpp"

namespace {

class StaleTime final : public Till {
public:
    using Till::Till;

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        return context.equal(expected(request, context), given(request))
                   ? hookgate::Verdict::accept()
                   : hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISMATCH);
    }
};

} // namespace

HG_EXPORT_PROVIDERS(StaleTime);
