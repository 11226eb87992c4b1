#include <hookgate/provider.hpp>

// "Shop" signs "<Unix seconds>.<body>" with HMAC-SHA256 and sends time and signature in headers.
// What was signed more than five minutes ago may be a copy of an old request.
class Shop final : public hookgate::Provider {
public:
    static constexpr hookgate::Info kInfo{.name = "shop", .title = "Shop", .tolerance_ms = 300'000};

    Shop(const hookgate::Settings& settings, const hookgate::Context&)
        : secrets_{settings.secrets} {
        if (secrets_.empty()) throw hookgate::InvalidSettings{"shop needs its signing secret"};
    }

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto signature = request.header("x-shop-signature");
        const auto timestamp = request.header("x-shop-timestamp");
        const auto signed_ms = context.timeIf(timestamp, HG_TIME_S);
        if (!signed_ms) return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MALFORMED);
        for (const auto& secret : secrets_) {
            const auto expected =
                context.hmac(HG_SHA256, secret.bytes, {timestamp, ".", request.body()});
            if (context.matchesHex(expected, signature))
                return hookgate::Verdict::accept(secret.key_id, *signed_ms);
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
