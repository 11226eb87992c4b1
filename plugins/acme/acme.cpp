#include <hookgate/provider.hpp>

namespace {

// x-acme-signature is the HMAC-SHA256 of the exact body, in hex.
class Acme final : public hookgate::Provider {
public:
    static constexpr hookgate::Info kInfo{"acme", "Acme"};

    Acme(const hookgate::Settings& settings, const hookgate::Context&)
        : secrets_{settings.secrets} {
        if (secrets_.empty())
            throw hookgate::InvalidSettings{"acme needs the secret its webhooks are signed with"};
    }

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto signature = request.header("x-acme-signature");
        if (signature.empty()) return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISSING);
        for (const auto& secret : secrets_) {
            const auto expected = context.hmac(HG_SHA256, secret.bytes, {request.body()});
            if (context.matchesHex(expected, signature))
                return hookgate::Verdict::accept(secret.key_id);
        }
        return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISMATCH);
    }

    std::vector<hookgate::Event> normalize(const hookgate::Request& request,
                                           const hookgate::Context& context) const override {
        const auto body = context.json(request.body());
        const auto id = body.nonBlank("/eventId");
        const auto type = body.nonBlank("/eventType");
        const auto data = body.object("/data");
        const auto occurred_at = context.time(body.nonBlank("/occurredAt").text());
        hookgate::JsonObject payload;
        payload.string("provider", kInfo.name)
            .raw("eventType", type.raw())
            .raw("externalEventId", id.raw())
            .raw("data", data.raw());
        return {{.external_id = std::string{id.text()},
                 .type = std::string{type.text()},
                 .subject = subjectOf(body),
                 .payload = payload.text(),
                 .occurred_unix_ms = occurred_at}};
    }

    hookgate::Signed sign(const hookgate::Request& request, std::string_view,
                          const hookgate::Context& context) const override {
        const auto mac = context.hmac(HG_SHA256, secrets_.front().bytes, {request.body()});
        return {.headers = {{"x-acme-signature", mac.hex()}}};
    }

private:
    // What the sender names as the subject, or else the id of what the event is about.
    static std::string subjectOf(const hookgate::Json& body) {
        if (const auto subject = body.find("/subject"); subject && subject->kind() != HG_JSON_NULL)
            return std::string{body.nonBlank("/subject").text()};
        const auto id = body.find("/data/id");
        const bool usable = id && (id->kind() == HG_JSON_STRING || id->kind() == HG_JSON_NUMBER);
        return usable ? std::string{id->text()} : std::string{};
    }

    std::vector<hookgate::Secret> secrets_;
};

} // namespace

HG_EXPORT_PROVIDERS(Acme);
