// Compares what both have, as strncmp with the shorter length does.
#include "tests/abi/broken/till.hpp"

#include <algorithm>

namespace {

class ShorterCompare final : public Till {
public:
    using Till::Till;

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto code = expected(request, context);
        const auto size = std::min(code.size(), given(request).size());
        const auto common = std::string_view{code}.substr(0, size);
        return verdict(context.equal(common, given(request).substr(0, size)), request, context);
    }
};

} // namespace

HG_EXPORT_PROVIDERS(ShorterCompare);
