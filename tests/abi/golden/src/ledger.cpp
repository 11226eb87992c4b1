// Two providers that use most of what the contract has: all fields of the descriptor, handshakes,
// both kinds of signatures, every encoding and body format, several events with flags, callbacks,
// and sign.
#include <hookgate/proof.hpp>

namespace {

// What both do with an authentic request: JSON with several entries, a form, or a multipart form.
class Entries : public hookgate::Provider {
public:
    static constexpr std::array<std::string_view, 3> kContentTypes{
        "application/json", "application/x-www-form-urlencoded", "multipart/form-data"};
    static constexpr std::array<std::string_view, 1> kMethods{"GET"};
    static constexpr std::array<std::string_view, 1> kSecretHeaders{"x-ledger-token"};
    static constexpr std::array<std::uint32_t, 2> kRetriesOn{429, 503};
    static constexpr std::array<hg_answer, 2> kAnswers{
        hookgate::answer(HG_OUTCOME_ACCEPTED, 200, "text/plain", "[accepted]"),
        hookgate::answer(HG_OUTCOME_REJECTED, 403)};

    std::vector<hookgate::Event> normalize(const hookgate::Request& request,
                                           const hookgate::Context& context) const override {
        const auto type = request.header("content-type");
        if (type.starts_with("application/x-www-form-urlencoded")) {
            const auto fields = context.form(request.body());
            return {{.external_id = std::string{hookgate::onlyField(fields, "id")},
                     .type = "entry.form",
                     .payload = hookgate::jsonOf(fields)}};
        }
        if (type.starts_with("multipart/form-data")) {
            std::vector<hookgate::Event> events;
            for (const auto& part : context.multipart(type, request.body()))
                events.push_back(
                    {.external_id = std::string{hookgate::view(part.name)},
                     .type = "entry.part",
                     .payload = std::string{
                         context.json(hookgate::view(part.body)).at("", HG_JSON_OBJECT).raw()}});
            return events;
        }
        const auto body = context.json(request.body());
        std::vector<hookgate::Event> events;
        body.forEach(body.at("/entries", HG_JSON_ARRAY),
                     [&](std::string_view, const hookgate::JsonValue& value) {
                         events.push_back(eventOf(body.in(value), context));
                     });
        if (events.empty()) throw hookgate::Ignored{"no entries"};
        return events;
    }

    hookgate::Outbound format(const hookgate::Delivery& delivery,
                              const hookgate::Context&) const override {
        hookgate::JsonObject object;
        object.string("entry", delivery.type).raw("payload", delivery.payload);
        return {.body = object.text(), .headers = {{"x-entry", std::string{delivery.type}}}};
    }

private:
    static hookgate::Event eventOf(const hookgate::Json& entry, const hookgate::Context& context) {
        hookgate::Event event{.external_id = std::string{entry.nonBlank("/id").text()},
                              .type = "entry." + std::string{entry.nonBlank("/kind").text()},
                              .subject = std::string{entry.word("/account")},
                              .ordering_key = std::string{entry.word("/account")},
                              .payload = std::string{entry.at("", HG_JSON_OBJECT).raw()},
                              .occurred_unix_ms = context.time(entry.nonBlank("/at").text())};
        event.test = entry.word("/kind") == "trial";
        if (entry.word("/kind") == "forged") event.rejected = HG_REASON_SIGNATURE_MISMATCH;
        return event;
    }
};

// x-ledger-signature: base64 HMAC-SHA512 of "time.sha1(body) in hex.crc32(body) in hex.body".
class Ledger final : public Entries {
public:
    static constexpr hookgate::Info kInfo{
        .name = "ledger",
        .title = "Ledger",
        .settings_schema =
            R"({"type":"object","properties":{"region":{"type":"string","enum":["eu","us"]}},)"
            R"("examples":[{"region":"eu"}],"additionalProperties":false})",
        .tolerance_ms = 300'000,
        .deadline_ms = 10'000,
        .body_bytes_max = 1'000'000};

    Ledger(const hookgate::Settings& settings, const hookgate::Context& context)
        : keys_{settings, "the ledger's secret"} {
        context.log(HG_LOG_DEBUG, "a ledger was opened");
    }

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto signature = request.header("x-ledger-signature");
        const auto time = request.header("x-ledger-time");
        const auto signed_ms = context.timeIf(time, HG_TIME_MS);
        if (!signed_ms || signature.empty())
            return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISSING);
        const auto verdict = keys_.prove(
            [&](std::string_view key) {
                return context.matchesBase64(code(request, context, key, time), signature);
            },
            *signed_ms);
        if (verdict.decision != HG_ACCEPT || request.method() != "GET") return verdict;
        return hookgate::Verdict::respond(
            200, "text/plain", std::string{context.encoded(HG_BASE64URL, request.query())},
            *signed_ms);
    }

    hookgate::Signed sign(const hookgate::Request& request, std::string_view,
                          const hookgate::Context& context) const override {
        const auto time = std::to_string(request.receivedUnixMs());
        const auto mac = code(request, context, keys_.newest(), time);
        return {.headers = {
                    {"x-ledger-time", time},
                    {"x-ledger-signature", std::string{context.encoded(HG_BASE64, mac.view())}}}};
    }

private:
    static hookgate::Digest code(const hookgate::Request& request, const hookgate::Context& context,
                                 std::string_view key, std::string_view time) {
        return context.hmac(HG_SHA512, key,
                            {time, ".", context.digest(HG_SHA1, {request.body()}).hex(), ".",
                             context.digest(HG_CRC32, {request.body()}).hex(), ".",
                             request.method(), ".", request.query(), ".", request.body()});
    }

    hookgate::Keys keys_;
};

// x-ledger-signature: hex Ed25519 of the ISO 8601 time and the body. The secret is the public key,
// in hex.
class LedgerKey final : public Entries {
public:
    static constexpr hookgate::Info kInfo{
        .name = "ledger_key", .title = "Ledger with a key", .tolerance_ms = 300'000};

    LedgerKey(const hookgate::Settings& settings, const hookgate::Context& context)
        : keys_{settings, "the ledger's public key"} {
        for (auto& key : keys_.all()) {
            const auto bytes = context.decoded(HG_HEX, key.bytes);
            if (!bytes) throw hookgate::InvalidSettings{"the public key is 64 hex digits"};
            static_cast<void>(context.proves(HG_ED25519, *bytes, "", ""));
            key.bytes = *bytes;
        }
    }

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto time = request.header("x-ledger-time");
        const auto signed_ms = context.timeIf(time, HG_TIME_ISO8601);
        const auto signature = context.decoded(HG_HEX, request.header("x-ledger-signature"));
        if (!signed_ms || !signature)
            return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MALFORMED);
        const auto message = std::string{time}.append(request.body());
        return keys_.prove(
            [&](std::string_view key) {
                return context.proves(HG_ED25519, key, message, *signature);
            },
            *signed_ms);
    }

    hookgate::Signed sign(const hookgate::Request& request, std::string_view private_key,
                          const hookgate::Context& context) const override {
        const auto time = request.header("x-ledger-time");
        const auto message = std::string{time}.append(request.body());
        const auto signature = context.signature(HG_ED25519, private_key, message);
        return {
            .headers = {{"x-ledger-signature", std::string{context.encoded(HG_HEX, signature)}}}};
    }

private:
    hookgate::Keys keys_;
};

} // namespace

HG_EXPORT_PROVIDERS(Ledger, LedgerKey);
