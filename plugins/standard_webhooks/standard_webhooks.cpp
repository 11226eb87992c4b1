#include <hookgate/standard_webhooks.hpp>

namespace {

// https://www.standardwebhooks.com, and Svix, which has the same headers under its own name.
class StandardWebhooksProvider final : public hookgate::Provider {
public:
    static constexpr hookgate::Info kInfo{.name = "standard_webhooks",
                                          .title = "Standard Webhooks",
                                          .settings_schema = R"({
        "type": "object", "additionalProperties": false, "properties": {
            "type": {"type": "string", "description": "JSON pointer to the event's type"},
            "subject": {"type": "string", "description": "JSON pointer to the event's subject"}}})",
                                          .tolerance_ms = 300'000};

    StandardWebhooksProvider(const hookgate::Settings& settings, const hookgate::Context& context)
        : name_{settings.provider},
          scheme_{settings.secrets, context} {
        if (scheme_.empty())
            throw hookgate::InvalidSettings{
                "it needs the endpoint's secret, whsec_... or whpk_..."};
        if (const auto pointer = settings.json.find("/type")) type_ = pointer->text();
        if (const auto pointer = settings.json.find("/subject")) subject_ = pointer->text();
    }

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        return scheme_.verify(request, prefixOf(request), context);
    }

    std::vector<hookgate::Event> normalize(const hookgate::Request& request,
                                           const hookgate::Context& context) const override {
        const auto body = context.json(request.body());
        const auto prefix = prefixOf(request);
        const auto id = request.header(std::string{prefix} + "-id");
        auto type = body.word(type_);
        if (type.empty()) type = "webhook";
        auto time = timeOf(body, context);
        if (!time)
            time = context.timeIf(request.header(std::string{prefix} + "-timestamp"), HG_TIME_S);
        return {
            {.external_id = std::string{id},
             .type = std::string{type},
             .subject = std::string{subject_.empty() ? std::string_view{} : body.word(subject_)},
             .payload = hookgate::envelope(name_, type, id, body.at("", HG_JSON_OBJECT).raw()),
             .occurred_unix_ms = time.value_or(0)}};
    }

    hookgate::Signed sign(const hookgate::Request& request, std::string_view private_key,
                          const hookgate::Context& context) const override {
        return scheme_.sign(request, prefixOf(request), private_key, context);
    }

private:
    // The payload's own time is optional. The specification has it in ISO 8601 as `timestamp`;
    // Clerk writes milliseconds, and Resend and OpenAI call it `created_at`.
    static std::optional<std::int64_t> timeOf(const hookgate::Json& body,
                                              const hookgate::Context& context) {
        for (const auto* const place : {"/timestamp", "/created_at"})
            for (const auto format : {HG_TIME_ISO8601, HG_TIME_S, HG_TIME_MS})
                if (const auto time = context.timeIf(body.word(place), format)) return time;
        return std::nullopt;
    }

    static std::string_view prefixOf(const hookgate::Request& request) {
        return hookgate::StandardWebhooks::isPresent(request, "svix") &&
                       !hookgate::StandardWebhooks::isPresent(request, "webhook")
                   ? "svix"
                   : "webhook";
    }

    const std::string name_;
    const hookgate::StandardWebhooks scheme_;
    std::string type_ = "/type";
    std::string subject_;
};

} // namespace

HG_EXPORT_PROVIDERS(StandardWebhooksProvider);
