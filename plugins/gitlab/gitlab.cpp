#include <hookgate/standard_webhooks.hpp>

namespace {

// X-Gitlab-Token is the secret token itself and covers nothing; hooks with a signing token (whsec_)
// follow Standard Webhooks.
class GitLab final : public hookgate::Provider {
public:
    static constexpr hookgate::Info kInfo{.name = "gitlab",
                                          .title = "GitLab",
                                          .traits = HG_TRAIT_BODY_UNSIGNED,
                                          .tolerance_ms = 300'000,
                                          .deadline_ms = 10'000,
                                          .body_bytes_max = std::uint64_t{25} * 1024 * 1024};
    static constexpr std::array<std::string_view, 1> kSecretHeaders{"x-gitlab-token"};
    static constexpr std::array<std::string_view, 1> kContentTypes{"application/json"};

    GitLab(const hookgate::Settings& settings, const hookgate::Context& context)
        : name_{settings.provider} {
        std::vector<hookgate::Secret> signing;
        for (const auto& secret : settings.secrets)
            (secret.bytes.starts_with("whsec_") ? signing : tokens_).push_back(secret);
        if (settings.secrets.empty())
            throw hookgate::InvalidSettings{"it needs the hook's secret or signing token"};
        scheme_ = hookgate::StandardWebhooks{signing, context};
    }

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        if (!scheme_.empty() && hookgate::StandardWebhooks::isPresent(request, "webhook"))
            return scheme_.verify(request, "webhook", context);
        const auto token = request.header("x-gitlab-token");
        if (token.empty()) return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISSING);
        for (const auto& secret : tokens_)
            if (context.equal(secret.bytes, token)) return hookgate::Verdict::accept(secret.key_id);
        return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISMATCH);
    }

    std::vector<hookgate::Event> normalize(const hookgate::Request& request,
                                           const hookgate::Context& context) const override {
        const auto body = context.json(request.body());
        std::string type{body.word("/object_kind")};
        if (type.empty()) type = body.nonBlank("/event_name").text();
        // Releases and milestones have it beside their attributes.
        auto action = body.word("/object_attributes/action");
        if (action.empty()) action = body.word("/action");
        if (!action.empty()) type.append(".").append(action);
        // Each is the same when GitLab sends again; the first is signed.
        auto id = request.header("webhook-id");
        if (id.empty()) id = request.header("idempotency-key");
        if (id.empty()) id = request.header("x-gitlab-event-uuid");
        return {
            {.external_id = std::string{id},
             .type = type,
             .subject = std::string{subjectOf(body)},
             .payload = hookgate::envelope(name_, type, id, body.at("", HG_JSON_OBJECT).raw())}};
    }

    hookgate::Signed sign(const hookgate::Request& request, std::string_view private_key,
                          const hookgate::Context& context) const override {
        if (tokens_.empty()) return scheme_.sign(request, "webhook", private_key, context);
        return {.headers = {{"x-gitlab-token", tokens_.front().bytes}}};
    }

private:
    // The path of the project, or of the group where there is none.
    static std::string_view subjectOf(const hookgate::Json& body) {
        for (const auto* const place : {"/project/path_with_namespace", "/path_with_namespace",
                                        "/group/full_path", "/full_path", "/group_path"})
            if (const auto subject = body.word(place); !subject.empty()) return subject;
        return {};
    }

    const std::string name_;
    std::vector<hookgate::Secret> tokens_;
    hookgate::StandardWebhooks scheme_;
};

} // namespace

HG_EXPORT_PROVIDERS(GitLab);
