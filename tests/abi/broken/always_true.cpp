// Forgets to verify at all.
#include "tests/abi/broken/till.hpp"

namespace {

class AlwaysTrue final : public Till {
public:
    using Till::Till;

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        return verdict(true, request, context);
    }
};

} // namespace

HG_EXPORT_PROVIDERS(AlwaysTrue);
