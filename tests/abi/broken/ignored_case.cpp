// Compares base64 without regard to case.
#include "tests/abi/broken/till.hpp"

namespace {

class IgnoredCase final : public Till {
public:
    using Till::Till;

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        return verdict(context.equal(lowered(expected(request, context)),
                                     lowered(std::string{given(request)})),
                       request, context);
    }

private:
    static std::string lowered(std::string text) {
        for (auto& c : text)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
        return text;
    }
};

} // namespace

HG_EXPORT_PROVIDERS(IgnoredCase);
