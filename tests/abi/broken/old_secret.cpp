// Remembers every secret it was ever given: one that was taken out for having leaked still does.
#include "tests/abi/broken/till.hpp"

#include <algorithm>
#include <mutex>

namespace {

class OldSecret final : public Till {
public:
    OldSecret(const hookgate::Settings& settings, const hookgate::Context& context)
        : Till{settings, context} {
        const std::lock_guard lock{kMutex};
        for (const auto& secret : secrets_)
            kSecrets.push_back(secret.bytes);
    }

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const std::lock_guard lock{kMutex};
        const bool found = std::any_of(kSecrets.begin(), kSecrets.end(), [&](const auto& secret) {
            const auto code = mac(context, secret, request.header("x-till-time"), request.body());
            return context.matchesBase64(code, given(request));
        });
        return verdict(found, request, context);
    }

private:
    static inline std::mutex kMutex;
    static inline std::vector<std::string> kSecrets;
};

} // namespace

HG_EXPORT_PROVIDERS(OldSecret);
