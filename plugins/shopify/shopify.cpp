#include <hookgate/proof.hpp>

namespace {

// X-Shopify-Hmac-Sha256: base64 HMAC-SHA256 of the exact body, under the app's client secret. The
// other headers are not covered by it.
class Shopify final : public hookgate::Provider {
public:
    static constexpr hookgate::Info kInfo{
        .name = "shopify", .title = "Shopify", .deadline_ms = 5'000};
    static constexpr std::array<std::string_view, 1> kContentTypes{"application/json"};

    Shopify(const hookgate::Settings& settings, const hookgate::Context&)
        : name_{settings.provider},
          keys_{settings, "the app's client secret"} {}

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto signature = header(request, "hmac-sha256");
        if (signature.empty()) return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISSING);
        return keys_.prove([&](std::string_view key) {
            return context.matchesBase64(context.hmac(HG_SHA256, key, {request.body()}), signature);
        });
    }

    std::vector<hookgate::Event> normalize(const hookgate::Request& request,
                                           const hookgate::Context& context) const override {
        const auto body = context.json(request.body());
        const auto topic = header(request, "topic");
        if (topic.empty()) throw hookgate::Malformed{"x-shopify-topic is missing"};
        // Two subscriptions to one topic share the event's id, two topics may, too.
        std::string id{header(request, "event-id")};
        if (id.empty()) id = header(request, "webhook-id");
        if (!id.empty()) id.append(":").append(topic);
        return {{.external_id = id,
                 .type = std::string{topic},
                 .subject = std::string{subjectOf(body)},
                 .ordering_key = std::string{header(request, "shop-domain")},
                 .payload = hookgate::envelope(name_, topic, id, body.at("", HG_JSON_OBJECT).raw()),
                 .occurred_unix_ms =
                     context.timeIf(header(request, "triggered-at"), HG_TIME_ISO8601).value_or(0),
                 .test = header(request, "test") == "true"}};
    }

    hookgate::Signed sign(const hookgate::Request& request, std::string_view,
                          const hookgate::Context& context) const override {
        const auto mac = context.hmac(HG_SHA256, keys_.newest(), {request.body()});
        return {.headers = {{"x-shopify-hmac-sha256",
                             std::string{context.encoded(HG_BASE64, mac.view())}}}};
    }

private:
    // The resource. What an app sold is wrapped, and topics about privacy name a customer, or the
    // shop alone.
    static std::string_view subjectOf(const hookgate::Json& body) {
        for (const auto* const place :
             {"/admin_graphql_api_id", "/id", "/app_subscription/admin_graphql_api_id",
              "/app_purchase_one_time/admin_graphql_api_id", "/customer/id", "/shop_id"})
            if (const auto subject = body.word(place); !subject.empty()) return subject;
        return {};
    }

    // Newer deliveries leave the x- out.
    static std::string_view header(const hookgate::Request& request, std::string_view name) {
        const auto value = request.header("x-shopify-" + std::string{name});
        return value.empty() ? request.header("shopify-" + std::string{name}) : value;
    }

    const std::string name_;
    const hookgate::Keys keys_;
};

} // namespace

HG_EXPORT_PROVIDERS(Shopify);
