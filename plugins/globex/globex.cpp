#include <hookgate/provider.hpp>

#include <algorithm>

namespace {

// x-globex-token carries the secret itself: it proves the sender, not the body.
class Globex final : public hookgate::Provider {
public:
    static constexpr hookgate::Info kInfo{
        .name = "globex", .title = "Globex", .traits = HG_TRAIT_BODY_UNSIGNED};
    static constexpr std::array<std::string_view, 1> kSecretHeaders{"x-globex-token"};

    Globex(const hookgate::Settings& settings, const hookgate::Context&)
        : secrets_{settings.secrets} {
        if (secrets_.empty())
            throw hookgate::InvalidSettings{"globex needs the token its webhooks carry"};
    }

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto token = request.header("x-globex-token");
        if (token.empty()) return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISSING);
        const auto match = std::find_if(
            secrets_.begin(), secrets_.end(),
            [&](const hookgate::Secret& secret) { return context.equal(secret.bytes, token); });
        if (match == secrets_.end()) return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISMATCH);
        return hookgate::Verdict::accept(match->key_id);
    }

    std::vector<hookgate::Event> normalize(const hookgate::Request& request,
                                           const hookgate::Context& context) const override {
        const auto body = context.json(request.body());
        const auto id = body.nonBlank("/id");
        const auto type = body.nonBlank("/type");
        const auto resource = body.object("/resource");
        const auto occurred_at = context.time(body.nonBlank("/timestamp").text());
        hookgate::JsonObject payload;
        payload.string("provider", kInfo.name)
            .raw("eventType", type.raw())
            .raw("externalEventId", id.raw())
            .raw("resource", resource.raw());
        return {{.external_id = std::string{id.text()},
                 .type = std::string{type.text()},
                 .subject = subjectOf(body),
                 .payload = payload.text(),
                 .occurred_unix_ms = occurred_at}};
    }

    // {"event":{"id","type","externalId","subject"},"data":<resource>}
    hookgate::Outbound format(const hookgate::Delivery& delivery,
                              const hookgate::Context& context) const override {
        hookgate::JsonObject event;
        event.string("id", delivery.event_id)
            .string("provider", kInfo.name)
            .string("type", delivery.type)
            .string("externalId", delivery.external_id)
            .string("subject", delivery.subject);
        hookgate::JsonObject body;
        body.raw("event", event.text())
            .raw("data", context.json(delivery.payload).object("/resource").raw());
        return {.body = body.text()};
    }

    hookgate::Signed sign(const hookgate::Request&, std::string_view,
                          const hookgate::Context&) const override {
        return {.headers = {{"x-globex-token", secrets_.front().bytes}}};
    }

private:
    static std::string subjectOf(const hookgate::Json& body) {
        const auto id = body.find("/resource/id");
        if (id && id->kind() == HG_JSON_NUMBER) return std::string{id->text()};
        return std::string{body.nonBlank("/resource/id").text()};
    }

    std::vector<hookgate::Secret> secrets_;
};

} // namespace

HG_EXPORT_PROVIDERS(Globex);
