#include "core/plugin/check/mutation.hpp"
#include "core/plugin/check/negatives.hpp"

namespace hookgate::plugin::check {
namespace {

// The field of an event in which two readings of one request differ; null: in none.
const char* difference(const std::vector<NormalizedEvent>& a,
                       const std::vector<NormalizedEvent>& b) {
    if (a.size() != b.size()) return "number of events";
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i].external_id != b[i].external_id) return "external id";
        if (a[i].type != b[i].type) return "type";
        if (!same(a[i], b[i])) return "content";
    }
    return nullptr;
}

void compareWith(Bench& bench, const Provider& provider, const SampleRequest& changed,
                 const std::string& what) {
    if (changed == bench.vector().request || !bench.accepts(provider, changed)) return;
    const auto before = bench.normalize(provider, bench.vector().request);
    const auto after = bench.normalize(provider, changed);
    if (!before || !after) return;
    if (const auto* const field = difference(*before, *after))
        bench.report("verify.unsigned-trusted",
                     "takes an event's " + std::string{field} + " from " + what +
                         ", which no proof covers; if the scheme signs no more, let the vector "
                         "permit it");
}

} // namespace

void changeUnsigned(Bench& bench, const Provider& provider) {
    if (!bench.type().info.signs_body) return;
    const auto& original = bench.vector().request;
    for (std::size_t i = 0; i < original.headers.size(); ++i) {
        const auto& name = original.headers[i].first;
        auto changed = original;
        changed.headers[i].second = siblingOf(original.headers[i].second);
        compareWith(bench, provider, changed, "the header " + name);
        changed = original;
        changed.headers.erase(changed.headers.begin() + static_cast<std::ptrdiff_t>(i));
        compareWith(bench, provider, changed, "the header " + name);
    }
    auto changed = original;
    changed.query = siblingOf(original.query);
    const auto question = original.url.find('?');
    if (question != std::string::npos)
        changed.url = original.url.substr(0, question) + siblingOf(original.url.substr(question));
    compareWith(bench, provider, changed, "the query");
    changed = original;
    changed.path = siblingOf(original.path);
    compareWith(bench, provider, changed, "the path");
    changed = original;
    changed.client_ip = "192.0.2.1";
    compareWith(bench, provider, changed, "the client's address");
}

} // namespace hookgate::plugin::check
