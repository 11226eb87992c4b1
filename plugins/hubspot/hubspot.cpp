#include <hookgate/batch.hpp>
#include <hookgate/proof.hpp>

namespace {

// X-HubSpot-Signature-v3: base64 HMAC-SHA256 of <method><URL><body><X-HubSpot-Request-Timestamp>.
// The body is an array of events. Versions 1 and 2 have no time and are taken only when the
// integration says so.
class HubSpot final : public hookgate::Provider {
public:
    static constexpr hookgate::Info kInfo{.name = "hubspot",
                                          .title = "HubSpot",
                                          .settings_schema = R"({
        "type": "object", "additionalProperties": false, "properties": {
            "oldVersions": {"type": "boolean", "description": "take signatures of v1 and v2"}}})",
                                          .tolerance_ms = 300'000,
                                          .deadline_ms = 5'000};
    static constexpr std::array<std::string_view, 1> kContentTypes{"application/json"};

    HubSpot(const hookgate::Settings& settings, const hookgate::Context&)
        : name_{settings.provider},
          keys_{settings, "the app's client secret"} {
        const auto old = settings.json.find("/oldVersions");
        takes_old_ = old && old->text() == "true";
    }

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto signature = request.header("x-hubspot-signature-v3");
        if (signature.empty()) return verifyOld(request, context);
        const auto timestamp = request.header("x-hubspot-request-timestamp");
        const auto signed_ms = context.timeIf(timestamp, HG_TIME_MS);
        if (!signed_ms) return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MALFORMED);
        const auto url = plainUrl(request.url());
        return keys_.prove(
            [&](std::string_view key) {
                const auto proves = [&](std::string_view signed_url) {
                    return context.matchesBase64(
                        context.hmac(HG_SHA256, key,
                                     {request.method(), signed_url, request.body(), timestamp}),
                        signature);
                };
                // Its own library leaves the escapes alone.
                return proves(url) || (url != request.url() && proves(request.url()));
            },
            *signed_ms);
    }

    std::vector<hookgate::Event> normalize(const hookgate::Request& request,
                                           const hookgate::Context& context) const override {
        return hookgate::eventsOfEach(
            context.json(request.body()), context,
            [&](const hookgate::Json& item) { return eventOf(item, context); });
    }

    hookgate::Signed sign(const hookgate::Request& request, std::string_view,
                          const hookgate::Context& context) const override {
        const auto time = std::to_string(request.receivedUnixMs());
        const auto url = plainUrl(request.url());
        const auto mac =
            context.hmac(HG_SHA256, keys_.newest(), {request.method(), url, request.body(), time});
        return {.headers = {{"x-hubspot-request-timestamp", time},
                            {"x-hubspot-signature-v3",
                             std::string{context.encoded(HG_BASE64, mac.view())}}}};
    }

private:
    // Before signing, HubSpot undoes these escapes of the URL and no others:
    // https://developers.hubspot.com/docs/api/webhooks/validating-requests
    static std::string plainUrl(std::string_view url) {
        constexpr std::array<std::pair<std::string_view, char>, 12> kEscapes{{{"%3A", ':'},
                                                                              {"%2F", '/'},
                                                                              {"%3F", '?'},
                                                                              {"%40", '@'},
                                                                              {"%21", '!'},
                                                                              {"%24", '$'},
                                                                              {"%27", '\''},
                                                                              {"%28", '('},
                                                                              {"%29", ')'},
                                                                              {"%2A", '*'},
                                                                              {"%2C", ','},
                                                                              {"%3B", ';'}}};
        std::string plain;
        for (std::size_t i = 0; i < url.size(); ++i) {
            plain += url[i];
            for (const auto& [escape, meaning] : kEscapes) {
                if (!url.substr(i).starts_with(escape)) continue;
                plain.back() = meaning;
                i += escape.size() - 1;
                break;
            }
        }
        return plain;
    }

    hookgate::Verdict verifyOld(const hookgate::Request& request,
                                const hookgate::Context& context) const {
        const auto signature = request.header("x-hubspot-signature");
        if (!takes_old_ || signature.empty())
            return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISSING);
        const bool is_v2 = request.header("x-hubspot-signature-version") == "v2";
        return keys_.prove([&](std::string_view key) {
            const auto digest = is_v2 ? context.digest(HG_SHA256, {key, request.method(),
                                                                   request.url(), request.body()})
                                      : context.digest(HG_SHA256, {key, request.body()});
            return context.matchesHex(digest, signature);
        });
    }

    // eventId alone is not unique.
    hookgate::Event eventOf(const hookgate::Json& item, const hookgate::Context& context) const {
        // What was associated is the object that it is associated from.
        auto subject = item.word("/objectId");
        if (subject.empty()) subject = item.word("/fromObjectId");
        std::string id;
        for (const auto part : {item.word("/portalId"), item.word("/subscriptionId"), subject,
                                item.word("/occurredAt"), item.word("/eventId")})
            id.append(id.empty() ? "" : ":").append(part);
        // HubSpot's own examples have the type under one name, the other, or both.
        auto type = item.word("/subscriptionType");
        if (type.empty()) type = item.nonBlank("/eventType").text();
        return {.external_id = id,
                .type = std::string{type},
                .subject = std::string{subject},
                .ordering_key = std::string{subject},
                .payload = hookgate::envelope(name_, type, id, item.at("", HG_JSON_OBJECT).raw()),
                .occurred_unix_ms = context.time(item.needWord("/occurredAt"), HG_TIME_MS)};
    }

    const std::string name_;
    const hookgate::Keys keys_;
    bool takes_old_ = false;
};

} // namespace

HG_EXPORT_PROVIDERS(HubSpot);
