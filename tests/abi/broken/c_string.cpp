// Takes the body for a C string: what follows a zero byte is not signed.
#include "tests/abi/broken/till.hpp"

namespace {

class CString final : public Till {
public:
    using Till::Till;

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto text = request.body().substr(0, request.body().find('\0'));
        const auto code = mac(context, secrets_.at(0).bytes, request.header("x-till-time"), text);
        return verdict(context.matchesBase64(code, given(request)), request, context);
    }
};

} // namespace

HG_EXPORT_PROVIDERS(CString);
