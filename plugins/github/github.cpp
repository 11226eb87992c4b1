#include <hookgate/proof.hpp>

namespace {

// X-Hub-Signature-256: sha256=<hex HMAC-SHA256 of the exact body>, JSON or a form with the JSON in
// `payload`. What the other headers say (event, delivery) is not covered by it.
class GitHub final : public hookgate::Provider {
public:
    static constexpr hookgate::Info kInfo{.name = "github",
                                          .title = "GitHub",
                                          .traits = HG_TRAIT_SENDS_ONCE,
                                          .deadline_ms = 10'000,
                                          .body_bytes_max = std::uint64_t{25} * 1024 * 1024};
    static constexpr std::array<std::string_view, 2> kContentTypes{
        "application/json", "application/x-www-form-urlencoded"};

    GitHub(const hookgate::Settings& settings, const hookgate::Context&)
        : name_{settings.provider},
          keys_{settings, "the webhook's secret"} {}

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto header = request.header("x-hub-signature-256");
        if (header.empty()) return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISSING);
        const auto signature = hookgate::after("sha256=", header);
        if (!signature) return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MALFORMED);
        return keys_.prove([&](std::string_view key) {
            return context.matchesHex(context.hmac(HG_SHA256, key, {request.body()}), *signature);
        });
    }

    std::vector<hookgate::Event> normalize(const hookgate::Request& request,
                                           const hookgate::Context& context) const override {
        const bool is_form =
            request.header("content-type").starts_with("application/x-www-form-urlencoded");
        const auto text =
            is_form ? hookgate::onlyField(context.form(request.body()), "payload") : request.body();
        const auto body = context.json(text);
        const auto event = request.header("x-github-event");
        if (event.empty()) throw hookgate::Malformed{"x-github-event is missing"};
        std::string type{event};
        if (const auto action = body.word("/action"); !action.empty())
            type.append(".").append(action);
        auto subject = body.word("/repository/full_name");
        if (subject.empty()) subject = body.word("/organization/login");
        if (subject.empty()) subject = body.word("/installation/account/login");
        const auto id = request.header("x-github-delivery");
        return {{.external_id = std::string{id},
                 .type = type,
                 .subject = std::string{subject},
                 .payload = hookgate::envelope(name_, type, id, body.at("", HG_JSON_OBJECT).raw()),
                 .test = event == "ping"}};
    }

    hookgate::Signed sign(const hookgate::Request& request, std::string_view,
                          const hookgate::Context& context) const override {
        const auto mac = context.hmac(HG_SHA256, keys_.newest(), {request.body()});
        return {.headers = {{"x-hub-signature-256", "sha256=" + mac.hex()}}};
    }

private:
    const std::string name_;
    const hookgate::Keys keys_;
};

} // namespace

HG_EXPORT_PROVIDERS(GitHub);
