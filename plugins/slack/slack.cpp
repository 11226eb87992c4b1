#include <hookgate/proof.hpp>

namespace {

// X-Slack-Signature: v0=<hex HMAC-SHA256 of "v0:<X-Slack-Request-Timestamp>:<body>">. Events are
// JSON; slash commands and interactions are forms, and what they are answered is shown to the user.
class Slack final : public hookgate::Provider {
public:
    static constexpr hookgate::Info kInfo{
        .name = "slack", .title = "Slack", .tolerance_ms = 300'000, .deadline_ms = 3'000};
    static constexpr std::array<std::string_view, 2> kContentTypes{
        "application/json", "application/x-www-form-urlencoded"};
    static constexpr std::array kAnswers{hookgate::answer(HG_OUTCOME_ACCEPTED, 200),
                                         hookgate::answer(HG_OUTCOME_DUPLICATE, 200),
                                         hookgate::answer(HG_OUTCOME_IGNORED, 200)};

    Slack(const hookgate::Settings& settings, const hookgate::Context&)
        : name_{settings.provider},
          keys_{settings, "the app's signing secret"} {}

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto header = request.header("x-slack-signature");
        const auto timestamp = request.header("x-slack-request-timestamp");
        if (header.empty()) return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISSING);
        const auto signature = hookgate::after("v0=", header);
        const auto signed_ms = context.timeIf(timestamp, HG_TIME_S);
        if (!signature || !signed_ms)
            return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MALFORMED);
        auto verdict = keys_.prove(
            [&](std::string_view key) {
                return context.matchesHex(
                    context.hmac(HG_SHA256, key, {"v0:", timestamp, ":", request.body()}),
                    *signature);
            },
            *signed_ms);
        if (verdict.decision != HG_ACCEPT || isForm(request)) return verdict;
        return challenged(request, context, *signed_ms).value_or(std::move(verdict));
    }

    std::vector<hookgate::Event> normalize(const hookgate::Request& request,
                                           const hookgate::Context& context) const override {
        return {isForm(request) ? fromForm(request, context) : fromJson(request, context)};
    }

    hookgate::Signed sign(const hookgate::Request& request, std::string_view,
                          const hookgate::Context& context) const override {
        const auto time = std::to_string(request.receivedUnixMs() / 1000);
        const auto mac =
            context.hmac(HG_SHA256, keys_.newest(), {"v0:", time, ":", request.body()});
        return {.headers = {{"x-slack-request-timestamp", time},
                            {"x-slack-signature", "v0=" + mac.hex()}}};
    }

private:
    static bool isForm(const hookgate::Request& request) {
        return request.header("content-type").starts_with("application/x-www-form-urlencoded");
    }

    // The answer to a URL that is being set up; nothing for any other request, and nothing for a
    // body that normalize will call malformed.
    static std::optional<hookgate::Verdict> challenged(const hookgate::Request& request,
                                                       const hookgate::Context& context,
                                                       std::int64_t signed_ms) {
        try {
            const auto body = context.json(request.body());
            if (body.word("/type") != "url_verification") return std::nullopt;
            return hookgate::Verdict::respond(200, "text/plain",
                                              std::string{body.string("/challenge")}, signed_ms);
        } catch (const hookgate::Malformed&) {
            return std::nullopt;
        } catch (const hookgate::Failure& failure) {
            if (failure.status() != HG_MALFORMED) throw;
            return std::nullopt;
        }
    }

    hookgate::Event fromJson(const hookgate::Request& request,
                             const hookgate::Context& context) const {
        const auto body = context.json(request.body());
        const auto id = body.word("/event_id");
        auto type = body.word("/event/type");
        if (type.empty()) type = body.nonBlank("/type").text();
        const auto time = body.word("/event_time");
        return {.external_id = std::string{id},
                .type = std::string{type},
                .subject = std::string{subjectOf(body)},
                .payload = hookgate::envelope(name_, type, id, body.at("", HG_JSON_OBJECT).raw()),
                .occurred_unix_ms = time.empty() ? 0 : context.time(time, HG_TIME_S)};
    }

    // The channel, or else the user. Events about a channel or a user itself have it as an object,
    // and reactions are to an item of a channel.
    static std::string_view subjectOf(const hookgate::Json& body) {
        for (const auto* const place : {"/event/channel", "/event/channel/id",
                                        "/event/item/channel", "/event/user", "/event/user/id"})
            if (const auto subject = body.word(place); !subject.empty()) return subject;
        return {};
    }

    hookgate::Event fromForm(const hookgate::Request& request,
                             const hookgate::Context& context) const {
        const auto fields = context.form(request.body());
        if (hookgate::onlyField(fields, "ssl_check") == "1")
            throw hookgate::Ignored{"a check of the certificate"};
        if (const auto payload = hookgate::onlyField(fields, "payload"); !payload.empty()) {
            const auto body = context.json(payload);
            const auto type = body.nonBlank("/type").text();
            const auto id = body.word("/trigger_id");
            return {
                .external_id = std::string{id},
                .type = std::string{type},
                .subject = std::string{body.word("/channel/id")},
                .payload = hookgate::envelope(name_, type, id, body.at("", HG_JSON_OBJECT).raw())};
        }
        const auto command = hookgate::onlyField(fields, "command");
        if (command.empty()) throw hookgate::Malformed{"a form without payload and command"};
        const auto id = hookgate::onlyField(fields, "trigger_id");
        return {
            .external_id = std::string{id},
            .type = "slash_command",
            .subject = std::string{command},
            .payload = hookgate::envelope(name_, "slash_command", id, hookgate::jsonOf(fields))};
    }

    const std::string name_;
    const hookgate::Keys keys_;
};

} // namespace

HG_EXPORT_PROVIDERS(Slack);
