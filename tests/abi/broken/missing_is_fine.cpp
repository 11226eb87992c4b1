// Takes a request without a signature for one of a sender that does not sign yet.
#include "tests/abi/broken/till.hpp"

namespace {

class MissingIsFine final : public Till {
public:
    using Till::Till;

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const bool authentic = request.header("x-till-signature").empty() ||
                               context.equal(expected(request, context), given(request));
        return authentic ? hookgate::Verdict::accept()
                         : hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISMATCH);
    }
};

} // namespace

HG_EXPORT_PROVIDERS(MissingIsFine);
