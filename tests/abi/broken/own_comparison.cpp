// Compares with ==, which ends at the first difference.
#include "tests/abi/broken/till.hpp"

namespace {

class OwnComparison final : public Till {
public:
    using Till::Till;

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        return verdict(expected(request, context) == given(request), request, context);
    }
};

} // namespace

HG_EXPORT_PROVIDERS(OwnComparison);
