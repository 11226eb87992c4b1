#include "core/explain/explanation.hpp"

#include "core/explain/symptoms.hpp"
#include "core/offline/request_view.hpp"

#include <cstdlib>
#include <memory>
#include <utility>

namespace hookgate::explain {
namespace {

using plugin::Decision;
using plugin::ProviderInProcess;
using plugin::Verdict;
using plugin::check::SampleRequest;

using Instance = std::shared_ptr<const ProviderInProcess>;

// Bodies above this are not tried in every combination.
constexpr std::size_t kCombinedBytesMax = std::size_t{256} * 1024;

class Investigation {
public:
    Investigation(const Case& given, const ProviderInProcess::Collaborators& collaborators)
        : case_{given},
          collaborators_{collaborators} {}

    base::Result<Explanation, std::string> run() {
        auto made = ProviderInProcess::create(case_.provider.type, case_.settings, collaborators_);
        if (!made) return base::Error{std::move(made.error())};
        actual_ = std::move(*made);
        patient_ = patient(case_.settings.secrets);
        const auto verdict = verify(*actual_, case_.request);
        result_.decision = verdict.decision;
        result_.reason = verdict.reason;
        result_.key_id = verdict.key_id;
        result_.signed_at = verdict.signed_at;
        if (verdict.decision != Decision::Reject) {
            readEvents();
            return std::move(result_);
        }
        proof_ = proofHeaders(case_.provider, *actual_, case_.request, case_.received_at,
                              collaborators_);
        for (auto& finding : symptomsOf(case_.request, proof_))
            result_.findings.push_back(std::move(finding));
        if (!matches(*patient_, case_.request, {})) findCause();
        for (auto& finding : malformedOf(case_.request, proof_, result_.reason))
            if (!explained_) result_.findings.push_back(std::move(finding));
        if (!explained_ && result_.findings.empty()) giveUp();
        return std::move(result_);
    }

private:
    // An instance that minds no time. Null: the secrets are none for this provider.
    Instance patient(std::vector<plugin::Secret> secrets) const {
        auto settings = case_.settings;
        settings.secrets = std::move(secrets);
        settings.tolerance = std::chrono::milliseconds{0};
        auto made = ProviderInProcess::create(case_.provider.type, settings, collaborators_);
        return made ? *made : nullptr;
    }

    Verdict verify(const ProviderInProcess& provider, const SampleRequest& request) const {
        const offline::RequestView view{request, case_.received_at};
        auto verdict = provider.verify(*view);
        return verdict ? std::move(*verdict) : Verdict{};
    }

    // Whether the request is authentic to this instance; the findings then say why.
    bool matches(const ProviderInProcess& provider, const SampleRequest& request,
                 std::vector<Finding> why) {
        const auto verdict = verify(provider, request);
        if (verdict.decision == Decision::Reject) return false;
        explained_ = true;
        result_.signed_at = verdict.signed_at;
        if (result_.key_id.empty()) result_.key_id = verdict.key_id;
        result_.findings.insert(result_.findings.begin(), std::make_move_iterator(why.begin()),
                                std::make_move_iterator(why.end()));
        addSkew(verdict.signed_at);
        return true;
    }

    void addSkew(base::UnixMs signed_at) {
        const auto tolerance =
            case_.settings.tolerance.value_or(case_.provider.type.info.contract.tolerance);
        const auto off = case_.received_at - signed_at;
        if (signed_at == 0 || tolerance.count() == 0 || std::llabs(off) <= tolerance.count())
            return;
        const auto seconds = std::to_string(std::llabs(off) / 1000);
        const auto allowed = std::to_string(tolerance.count() / 1000);
        result_.findings.push_back(
            {"clock_skew",
             off > 0
                 ? "it was signed " + seconds + " s before it was received, and " + allowed +
                       " s are allowed: it was held up or repeated, or this machine's clock is "
                       "ahead"
                 : "it was signed " + seconds + " s after it was received, and " + allowed +
                       " s are allowed: this machine's clock is behind, or the sender's ahead"});
    }

    bool any(const ProviderInProcess& provider, const std::vector<RequestVariation>& variations,
             const std::vector<Finding>& also = {}) {
        for (const auto& variation : variations) {
            auto why = also;
            why.push_back(variation.finding);
            if (matches(provider, variation.request, std::move(why))) return true;
        }
        return false;
    }

    // The request with one difference.
    std::vector<RequestVariation> requestVariations() const {
        const auto bodies = bodyVariations(case_.request);
        auto requests = proofVariations(case_.request, proof_);
        requests.insert(requests.end(), bodies.begin(), bodies.end());
        auto urls = case_.urls;
        urls.insert(urls.begin(), case_.request.url);
        for (auto& variation : urlVariations(case_.request, urls))
            requests.push_back(std::move(variation));
        for (auto& variation : methodVariations(case_.request))
            requests.push_back(std::move(variation));
        return requests;
    }

    // One difference, or else two.
    void findCause() {
        const auto requests = requestVariations();
        if (any(*patient_, requests)) return;

        auto secrets = case_.others;
        for (auto& variation : secretVariations(case_.settings.secrets))
            secrets.push_back(std::move(variation));
        std::vector<std::pair<const SecretVariation*, Instance>> instances;
        for (const auto& variation : secrets)
            if (auto instance = patient(variation.secrets))
                instances.emplace_back(&variation, std::move(instance));
        for (const auto& [variation, instance] : instances)
            if (matches(*instance, case_.request, {variation->finding})) return;
        if (case_.request.body.size() > kCombinedBytesMax) return;
        for (const auto& [variation, instance] : instances)
            if (any(*instance, requests, {variation->finding})) return;
        for (const auto& variation : requests) {
            if (variation.request.body != case_.request.body) continue;
            auto changed = bodyVariations(variation.request);
            for (auto& other : proofVariations(variation.request, proof_))
                changed.push_back(std::move(other));
            if (any(*patient_, changed, {variation.finding})) return;
        }
    }

    void readEvents() {
        if (result_.decision != Decision::Accept) return;
        const offline::RequestView view{case_.request, case_.received_at};
        const auto events = actual_->normalize(*view);
        if (events) return;
        const bool ignored = events.error().failure == plugin::CallFailure::Ignored;
        result_.findings.push_back({ignored ? "ignored" : "unreadable",
                                    (ignored ? "it is authentic, and of no interest: "
                                             : "it is authentic, and cannot be read: ") +
                                        events.error().explanation});
    }

    void giveUp() {
        result_.findings.push_back(
            {"unexplained",
             "the proof is of another body, or made with a secret that is in no integration here; "
             "neither other line ends, encodings and URLs nor the other integrations' secrets "
             "explain it. Compare the secret at the provider with the integration's, and make sure "
             "that nothing before hookgate changes the body"});
    }

    const Case& case_;
    const ProviderInProcess::Collaborators& collaborators_;
    Explanation result_;
    Instance actual_;
    Instance patient_;
    std::vector<ProofHeader> proof_;
    bool explained_ = false;
};

} // namespace

base::Result<Explanation, std::string> explain(
    const Case& given, const ProviderInProcess::Collaborators& collaborators) {
    return Investigation{given, collaborators}.run();
}

} // namespace hookgate::explain
