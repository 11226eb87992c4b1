// Reads base64 with or without padding.
#include "tests/abi/broken/till.hpp"

namespace {

class LenientBase64 final : public Till {
public:
    using Till::Till;

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        auto code = std::string{given(request)};
        while (code.size() % 4 != 0)
            code += '=';
        return verdict(context.equal(expected(request, context), code), request, context);
    }
};

} // namespace

HG_EXPORT_PROVIDERS(LenientBase64);
