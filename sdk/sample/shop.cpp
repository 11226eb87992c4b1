#include <hookgate/provider.hpp>

// "Shop" signs "<timestamp>.<body>" with HMAC-SHA256 and sends both in headers.
class Shop final : public hookgate::Provider {
public:
    static constexpr hookgate::Info kInfo{"shop", "Shop"};

    Shop(const hookgate::Settings& settings, const hookgate::Context&)
        : secrets_{settings.secrets} {
        if (secrets_.empty()) throw hookgate::InvalidSettings{"shop needs its signing secret"};
    }

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto signature = request.header("x-shop-signature");
        const auto timestamp = request.header("x-shop-timestamp");
        for (const auto& secret : secrets_) {
            const auto expected =
                context.hmac(HG_SHA256, secret.bytes, {timestamp, ".", request.body()});
            if (context.matchesHex(expected, signature))
                return hookgate::Verdict::accept(secret.key_id);
        }
        return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISMATCH);
    }

    std::vector<hookgate::Event> normalize(const hookgate::Request& request,
                                           const hookgate::Context& context) const override {
        const auto body = context.json(request.body());
        return {{.external_id = std::string{body.nonBlank("/id").text()},
                 .type = std::string{body.nonBlank("/topic").text()},
                 .payload = std::string{body.object("/order").raw()}}};
    }

private:
    std::vector<hookgate::Secret> secrets_; // newest first
};

HG_EXPORT_PROVIDERS(Shop);
