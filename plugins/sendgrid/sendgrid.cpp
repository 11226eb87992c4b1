#include <hookgate/batch.hpp>
#include <hookgate/proof.hpp>

namespace {

// X-Twilio-Email-Event-Webhook-Signature: base64 of a DER ECDSA P-256 signature of
// <...-Timestamp><body>. The body is an array of events.
class SendGrid final : public hookgate::Provider {
public:
    // Whether a repetition is signed anew is not documented, and repetitions go on for a day.
    static constexpr hookgate::Info kInfo{
        .name = "sendgrid", .title = "SendGrid Event Webhook", .tolerance_ms = 24U * 3'600'000};
    static constexpr std::array<std::string_view, 1> kContentTypes{"application/json"};

    SendGrid(const hookgate::Settings& settings, const hookgate::Context& context)
        : name_{settings.provider},
          keys_{settings, "the verification key of the signed event webhook"} {
        for (auto& secret : keys_.all()) {
            if (const auto der = context.decoded(HG_BASE64, secret.bytes)) secret.bytes = *der;
            // Tells now, rather than at the first webhook, that this is no such key.
            static_cast<void>(context.proves(HG_ECDSA_P256_SHA256, secret.bytes, {}, {}));
        }
    }

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto header = request.header("x-twilio-email-event-webhook-signature");
        const auto timestamp = request.header("x-twilio-email-event-webhook-timestamp");
        if (header.empty()) return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISSING);
        const auto signature = context.decoded(HG_BASE64, header);
        const auto signed_ms = context.timeIf(timestamp, HG_TIME_S);
        if (!signature || !signed_ms)
            return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MALFORMED);
        const auto message = std::string{timestamp}.append(request.body());
        return keys_.prove(
            [&](std::string_view key) {
                return context.proves(HG_ECDSA_P256_SHA256, key, message, *signature);
            },
            *signed_ms);
    }

    std::vector<hookgate::Event> normalize(const hookgate::Request& request,
                                           const hookgate::Context& context) const override {
        return hookgate::eventsOfEach(
            context.json(request.body()), context, [&](const hookgate::Json& item) {
                const auto id = item.word("/sg_event_id");
                const auto type = item.nonBlank("/event").text();
                return hookgate::Event{
                    .external_id = std::string{id},
                    .type = std::string{type},
                    .subject = std::string{item.word("/email")},
                    .ordering_key = std::string{item.word("/sg_message_id")},
                    .payload =
                        hookgate::envelope(name_, type, id, item.at("", HG_JSON_OBJECT).raw()),
                    .occurred_unix_ms = context.time(item.needWord("/timestamp"), HG_TIME_S)};
            });
    }

    hookgate::Signed sign(const hookgate::Request& request, std::string_view private_key,
                          const hookgate::Context& context) const override {
        if (private_key.empty())
            throw hookgate::InvalidSettings{
                "SendGrid signs with a private key, of which the integration has the public one. "
                "Make a pair with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 "
                "-out key.pem`; the secret is what `openssl pkey -in key.pem -pubout -outform DER "
                "| "
                "base64 -w0` prints"};
        const auto time = std::to_string(request.receivedUnixMs() / 1000);
        const auto proof = context.signature(HG_ECDSA_P256_SHA256, private_key,
                                             time + std::string{request.body()});
        return {.headers = {{"x-twilio-email-event-webhook-timestamp", time},
                            {"x-twilio-email-event-webhook-signature",
                             std::string{context.encoded(HG_BASE64, proof)}}}};
    }

private:
    const std::string name_;
    hookgate::Keys keys_; // as DER or PEM
};

} // namespace

HG_EXPORT_PROVIDERS(SendGrid);
