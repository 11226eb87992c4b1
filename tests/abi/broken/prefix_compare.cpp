// Compares as many characters as the sender gave.
#include "tests/abi/broken/till.hpp"

namespace {

class PrefixCompare final : public Till {
public:
    using Till::Till;

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto code = expected(request, context).substr(0, given(request).size());
        return verdict(context.equal(code, given(request)), request, context);
    }
};

} // namespace

HG_EXPORT_PROVIDERS(PrefixCompare);
