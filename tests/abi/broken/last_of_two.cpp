// Looks through the headers by itself and keeps the last.
#include "tests/abi/broken/till.hpp"

namespace {

class LastOfTwo final : public Till {
public:
    using Till::Till;

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        std::string_view signature;
        for (const auto& header : request.headers())
            if (hookgate::view(header.name) == "x-till-signature")
                signature = hookgate::view(header.value);
        const auto code = hookgate::after("sha256=", signature).value_or("");
        return verdict(context.equal(expected(request, context), code), request, context);
    }
};

} // namespace

HG_EXPORT_PROVIDERS(LastOfTwo);
