// Goes on with the empty secret when it was given none.
#include "tests/abi/broken/till.hpp"

namespace {

class EmptySecret final : public Till {
public:
    EmptySecret(const hookgate::Settings& settings, const hookgate::Context&)
        : Till{settings, AnySecrets{}} {}

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto key = secrets_.empty() ? std::string{} : secrets_.front().bytes;
        const auto code = mac(context, key, request.header("x-till-time"), request.body());
        return verdict(context.matchesBase64(code, given(request)), request, context);
    }
};

} // namespace

HG_EXPORT_PROVIDERS(EmptySecret);
