#include <hookgate/proof.hpp>

namespace {

// https://developer.squareup.com/docs/webhooks/step3validate: x-square-hmacsha256-signature is the
// base64 HMAC-SHA256 of the notification URL and the body; the key is the subscription's signature
// key as it is shown. Nothing tells when a request was signed.
class Square final : public hookgate::Provider {
public:
    static constexpr hookgate::Info kInfo{
        .name = "square", .title = "Square", .deadline_ms = 10'000};
    static constexpr std::array<std::string_view, 1> kContentTypes{"application/json"};

    Square(const hookgate::Settings& settings, const hookgate::Context&)
        : name_{settings.provider},
          keys_{settings, "the signature key of the webhook subscription"} {}

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto signature = request.header(kSignature);
        if (signature.empty()) return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISSING);
        return keys_.prove([&](std::string_view key) {
            return context.matchesBase64(macOf(key, request, context), signature);
        });
    }

    std::vector<hookgate::Event> normalize(const hookgate::Request& request,
                                           const hookgate::Context& context) const override {
        const auto body = context.json(request.body());
        const auto id = body.nonBlank("/event_id").text();
        const auto type = body.nonBlank("/type").text();
        return {{.external_id = std::string{id},
                 .type = std::string{type},
                 .subject = std::string{body.word("/data/id")},
                 .ordering_key = std::string{body.word("/merchant_id")},
                 .payload = hookgate::envelope(name_, type, id, body.object("").raw()),
                 .occurred_unix_ms = context.time(body.string("/created_at")),
                 .test = type == "webhooks.test_notification"}};
    }

    hookgate::Signed sign(const hookgate::Request& request, std::string_view,
                          const hookgate::Context& context) const override {
        const auto mac = macOf(keys_.newest(), request, context);
        return {.headers = {{std::string{kSignature},
                             std::string{context.encoded(HG_BASE64, mac.view())}}}};
    }

private:
    static constexpr std::string_view kSignature = "x-square-hmacsha256-signature";

    static hookgate::Digest macOf(std::string_view key, const hookgate::Request& request,
                                  const hookgate::Context& context) {
        return context.hmac(HG_SHA256, key, {request.url(), request.body()});
    }

    const std::string name_;
    const hookgate::Keys keys_;
};

} // namespace

HG_EXPORT_PROVIDERS(Square);
