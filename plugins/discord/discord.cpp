#include <hookgate/proof.hpp>

namespace {

// X-Signature-Ed25519: hex Ed25519 of <X-Signature-Timestamp><body>, under the application's public
// key. Discord tries bad signatures now and then, and wants 401.
class Discord final : public hookgate::Provider {
public:
    static constexpr hookgate::Info kInfo{
        .name = "discord", .title = "Discord", .tolerance_ms = 300'000, .deadline_ms = 3'000};
    static constexpr std::array<std::string_view, 1> kContentTypes{"application/json"};
    static constexpr std::array kAnswers{hookgate::answer(HG_OUTCOME_ACCEPTED, 204),
                                         hookgate::answer(HG_OUTCOME_DUPLICATE, 204),
                                         hookgate::answer(HG_OUTCOME_IGNORED, 204)};

    Discord(const hookgate::Settings& settings, const hookgate::Context& context)
        : name_{settings.provider},
          keys_{settings, "the application's public key, 64 hexadecimal digits"} {
        for (auto& secret : keys_.all()) {
            const auto bytes = context.decoded(HG_HEX, secret.bytes);
            if (!bytes || bytes->size() != kKeyBytes)
                throw hookgate::InvalidSettings{"a public key is 64 hexadecimal digits"};
            secret.bytes = *bytes;
        }
    }

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto header = request.header("x-signature-ed25519");
        const auto timestamp = request.header("x-signature-timestamp");
        if (header.empty()) return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISSING);
        const auto signature = context.decoded(HG_HEX, header);
        const auto signed_ms = context.timeIf(timestamp, HG_TIME_S);
        if (!signature || !signed_ms)
            return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MALFORMED);
        const auto message = std::string{timestamp}.append(request.body());
        auto verdict = keys_.prove(
            [&](std::string_view key) {
                return context.proves(HG_ED25519, key, message, *signature);
            },
            *signed_ms);
        if (verdict.decision != HG_ACCEPT) return verdict;
        return ponged(request, context, *signed_ms).value_or(std::move(verdict));
    }

    std::vector<hookgate::Event> normalize(const hookgate::Request& request,
                                           const hookgate::Context& context) const override {
        const auto body = context.json(request.body());
        const bool is_interaction = !body.find("/event");
        const auto id = is_interaction ? body.needWord("/id") : std::string_view{};
        const auto type = is_interaction ? "interaction." + std::string{body.needWord("/type")}
                                         : std::string{body.nonBlank("/event/type").text()};
        auto subject = body.word(is_interaction ? "/data/name" : "/application_id");
        if (subject.empty()) subject = body.word("/data/custom_id"); // of a component or a form
        const auto time = body.word("/event/timestamp");
        return {{.external_id = std::string{id},
                 .type = type,
                 .subject = std::string{subject},
                 .payload = hookgate::envelope(name_, type, id, body.at("", HG_JSON_OBJECT).raw()),
                 .occurred_unix_ms = time.empty() ? 0 : timeOf(time, context)}};
    }

    hookgate::Signed sign(const hookgate::Request& request, std::string_view private_key,
                          const hookgate::Context& context) const override {
        if (private_key.empty())
            throw hookgate::InvalidSettings{
                "Discord signs with a private key, of which the integration has the public one. "
                "Make "
                "a pair with `openssl genpkey -algorithm ed25519 -out key.pem`; the secret is what "
                "`openssl pkey -in key.pem -pubout -outform DER | tail -c 32 | od -An -v -tx1 | tr "
                "-d ' \\n'` prints"};
        const auto time = std::to_string(request.receivedUnixMs() / 1000);
        const auto proof =
            context.signature(HG_ED25519, private_key, time + std::string{request.body()});
        return {.headers = {{"x-signature-timestamp", time},
                            {"x-signature-ed25519", std::string{context.encoded(HG_HEX, proof)}}}};
    }

private:
    static constexpr std::size_t kKeyBytes = 32;

    // The answer to a ping: of interactions (type 1) or of webhook events (type 0).
    static std::optional<hookgate::Verdict> ponged(const hookgate::Request& request,
                                                   const hookgate::Context& context,
                                                   std::int64_t signed_ms) {
        try {
            const auto body = context.json(request.body());
            if (body.word("/type") == "0")
                return hookgate::Verdict::respond(204, {}, {}, signed_ms);
            if (body.word("/type") == "1" && !body.find("/event"))
                return hookgate::Verdict::respond(200, "application/json", R"({"type":1})",
                                                  signed_ms);
            return std::nullopt;
        } catch (const hookgate::Failure& failure) {
            if (failure.status() != HG_MALFORMED) throw;
            return std::nullopt; // normalize says what is wrong
        }
    }

    // Events tell their time in UTC without saying so: 2024-10-18T14:42:53.064834.
    static std::int64_t timeOf(std::string_view text, const hookgate::Context& context) {
        const auto time = context.timeIf(text, HG_TIME_ISO8601);
        return time ? *time : context.time(std::string{text} + "Z");
    }

    const std::string name_;
    hookgate::Keys keys_; // as bytes
};

} // namespace

HG_EXPORT_PROVIDERS(Discord);
