// The smallest provider that is of use: the hex HMAC-SHA256 of the body, and one event.
#include <hookgate/provider.hpp>

namespace {

class Tally final : public hookgate::Provider {
public:
    static constexpr hookgate::Info kInfo{"tally", "Tally"};

    Tally(const hookgate::Settings& settings, const hookgate::Context&)
        : secrets_{settings.secrets} {
        if (secrets_.empty()) throw hookgate::InvalidSettings{"tally needs its secret"};
    }

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto signature = request.header("x-tally-signature");
        if (signature.empty()) return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISSING);
        for (const auto& secret : secrets_)
            if (context.matchesHex(context.hmac(HG_SHA256, secret.bytes, {request.body()}),
                                   signature))
                return hookgate::Verdict::accept(secret.key_id);
        return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISMATCH);
    }

    std::vector<hookgate::Event> normalize(const hookgate::Request& request,
                                           const hookgate::Context& context) const override {
        const auto body = context.json(request.body());
        return {{.external_id = std::string{body.nonBlank("/id").text()},
                 .type = std::string{body.nonBlank("/type").text()}}};
    }

private:
    std::vector<hookgate::Secret> secrets_;
};

} // namespace

HG_EXPORT_PROVIDERS(Tally);
