// Is content with any of several headers.
#include "tests/abi/broken/till.hpp"

#include <algorithm>

namespace {

class AnyOfTwo final : public Till {
public:
    using Till::Till;

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto wanted = "sha256=" + expected(request, context);
        const auto headers = request.headers();
        const bool found =
            std::any_of(headers.begin(), headers.end(), [&](const hg_header& header) {
                return hookgate::view(header.name) == "x-till-signature" &&
                       context.equal(wanted, hookgate::view(header.value));
            });
        return verdict(found, request, context);
    }
};

} // namespace

HG_EXPORT_PROVIDERS(AnyOfTwo);
