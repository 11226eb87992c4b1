#include <hookgate/proof.hpp>

namespace {

// The scheme as Your Provider documents it (say where): `x-your-provider-signature` is the hex
// HMAC-SHA256 of "<timestamp>.<body>", `x-your-provider-timestamp` the Unix time in seconds.
class YourProvider final : public hookgate::Provider {
public:
    static constexpr hookgate::Info kInfo{
        .name = "your_provider", .title = "Your Provider", .tolerance_ms = 300'000};
    static constexpr std::array<std::string_view, 1> kContentTypes{"application/json"};

    YourProvider(const hookgate::Settings& settings, const hookgate::Context&)
        : name_{settings.provider},
          keys_{settings, "the signing secret of the webhook"} {}

    // Does this request come from the provider? Only the exact bytes that were sent can prove it.
    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto signature = request.header(kSignature);
        const auto timestamp = request.header(kTimestamp);
        if (signature.empty()) return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISSING);
        const auto signed_ms = context.timeIf(timestamp, HG_TIME_S);
        if (!signed_ms) return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MALFORMED);
        // The gateway compares the signed time with kInfo.tolerance_ms.
        return keys_.prove(
            [&](std::string_view key) {
                return context.matchesHex(macOf(key, timestamp, request, context), signature);
            },
            *signed_ms);
    }

    // What does it say? Called only for a request that verify accepted.
    std::vector<hookgate::Event> normalize(const hookgate::Request& request,
                                           const hookgate::Context& context) const override {
        const auto body = context.json(request.body());
        const auto id = body.nonBlank("/id").text();
        const auto type = body.nonBlank("/type").text();
        return {{.external_id = std::string{id},
                 .type = std::string{type},
                 .subject = std::string{body.word("/data/id")},
                 .payload = hookgate::envelope(name_, type, id, body.object("/data").raw()),
                 .occurred_unix_ms = context.time(body.string("/createdAt"))}};
    }

    // The provider's side, for tests and the simulator.
    hookgate::Signed sign(const hookgate::Request& request, std::string_view,
                          const hookgate::Context& context) const override {
        const auto timestamp = std::to_string(request.receivedUnixMs() / 1000);
        const auto mac = macOf(keys_.newest(), timestamp, request, context);
        return {.headers = {{std::string{kTimestamp}, timestamp},
                            {std::string{kSignature}, mac.hex()}}};
    }

private:
    static constexpr std::string_view kSignature = "x-your-provider-signature";
    static constexpr std::string_view kTimestamp = "x-your-provider-timestamp";

    static hookgate::Digest macOf(std::string_view key, std::string_view timestamp,
                                  const hookgate::Request& request,
                                  const hookgate::Context& context) {
        return context.hmac(HG_SHA256, key, {timestamp, ".", request.body()});
    }

    const std::string name_;
    const hookgate::Keys keys_; // newest first
};

} // namespace

HG_EXPORT_PROVIDERS(YourProvider);
