// Calls what nobody defines.
#include "tests/abi/plugins/simple.hpp"

extern "C" int function_that_nobody_defines();

namespace {

class Unresolved final : public Simple {
public:
    using Simple::Simple;

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        return function_that_nobody_defines() == 0
                   ? hookgate::Verdict::reject(HG_REASON_UNSPECIFIED)
                   : Simple::verify(request, context);
    }
};

} // namespace

HG_EXPORT_PROVIDERS(Unresolved);
