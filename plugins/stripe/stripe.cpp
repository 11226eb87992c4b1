#include <hookgate/proof.hpp>

namespace {

// Stripe-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">, several v1 while a secret is
// rolled, other versions to be ignored. The key is the whole text, whsec_ and all.
class Stripe final : public hookgate::Provider {
public:
    static constexpr hookgate::Info kInfo{
        .name = "stripe", .title = "Stripe", .tolerance_ms = 300'000};
    static constexpr std::array<std::string_view, 1> kContentTypes{"application/json"};

    Stripe(const hookgate::Settings& settings, const hookgate::Context&)
        : name_{settings.provider},
          keys_{settings, "the endpoint's signing secret, whsec_..."} {}

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto header = request.header("stripe-signature");
        if (header.empty()) return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISSING);
        std::vector<std::string_view> times;
        std::vector<std::string_view> signatures;
        hookgate::forEachItem(header, ',', [&](std::string_view item) {
            const auto [name, value] = hookgate::split(item, '=');
            if (name == "t") times.push_back(value);
            if (name == "v1") signatures.push_back(value);
        });
        const auto signed_ms =
            times.size() == 1 ? context.timeIf(times.front(), HG_TIME_S) : std::nullopt;
        if (!signed_ms || signatures.empty())
            return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MALFORMED);
        return keys_.prove(
            [&](std::string_view key) {
                const auto mac = context.hmac(HG_SHA256, key, {times.front(), ".", request.body()});
                bool proven = false;
                for (const auto signature : signatures)
                    proven = context.matchesHex(mac, signature) || proven;
                return proven;
            },
            *signed_ms);
    }

    std::vector<hookgate::Event> normalize(const hookgate::Request& request,
                                           const hookgate::Context& context) const override {
        const auto body = context.json(request.body());
        const auto id = body.nonBlank("/id").text();
        const auto type = body.nonBlank("/type").text();
        // Snapshot events tell the second, thin ones an ISO 8601 time.
        const auto created = body.needWord("/created");
        const bool is_thin = body.word("/object") == "v2.core.event";
        const auto live = body.find("/livemode");
        return {
            {.external_id = std::string{id},
             .type = std::string{type},
             .subject = std::string{body.word(is_thin ? "/related_object/id" : "/data/object/id")},
             .payload = hookgate::envelope(name_, type, id, body.at("", HG_JSON_OBJECT).raw()),
             .occurred_unix_ms = context.time(created, is_thin ? HG_TIME_ISO8601 : HG_TIME_S),
             .test = live && live->text() == "false"}};
    }

    hookgate::Signed sign(const hookgate::Request& request, std::string_view,
                          const hookgate::Context& context) const override {
        const auto time = std::to_string(request.receivedUnixMs() / 1000);
        const auto mac = context.hmac(HG_SHA256, keys_.newest(), {time, ".", request.body()});
        return {.headers = {{"stripe-signature", "t=" + time + ",v1=" + mac.hex()}}};
    }

private:
    const std::string name_;
    const hookgate::Keys keys_;
};

} // namespace

HG_EXPORT_PROVIDERS(Stripe);
