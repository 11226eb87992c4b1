// Says of every request that it was signed just now.
#include "tests/abi/broken/till.hpp"

namespace {

class OwnClock final : public Till {
public:
    using Till::Till;

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        return context.equal(expected(request, context), given(request))
                   ? hookgate::Verdict::accept({}, context.nowUnixMs())
                   : hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISMATCH);
    }
};

} // namespace

HG_EXPORT_PROVIDERS(OwnClock);
