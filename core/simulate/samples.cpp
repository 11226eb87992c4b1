#include "core/simulate/samples.hpp"

#include "core/offline/request_view.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace hookgate::simulate {

bool Sample::has(std::string_view type) const noexcept {
    return std::any_of(events.begin(), events.end(),
                       [&](const plugin::NormalizedEvent& event) { return event.type == type; });
}

std::vector<Sample> samplesOf(const offline::LoadedProvider& provider,
                              const plugin::ProviderInProcess* instance,
                              const plugin::ProviderInProcess::Collaborators& collaborators) {
    std::vector<Sample> samples;
    for (const auto& vector : provider.vectors) {
        if (vector.expect.verdict != "accept" || !vector.expect.failure.empty()) continue;
        std::shared_ptr<const plugin::ProviderInProcess> own;
        if (instance == nullptr) {
            auto made =
                plugin::ProviderInProcess::create(provider.type, vector.settings, collaborators);
            if (!made) continue;
            own = std::move(*made);
        }
        const offline::RequestView view{vector.request, vector.now.value_or(0)};
        auto events = (own ? own.get() : instance)->normalize(*view);
        if (events && !events->empty()) samples.push_back({vector.request, std::move(*events)});
    }
    std::stable_sort(samples.begin(), samples.end(), [](const Sample& a, const Sample& b) {
        return a.events.size() < b.events.size();
    });
    return samples;
}

std::vector<std::string> typesOf(const std::vector<Sample>& samples) {
    std::vector<std::string> types;
    for (const auto& sample : samples)
        for (const auto& event : sample.events)
            types.push_back(event.type);
    std::sort(types.begin(), types.end());
    types.erase(std::unique(types.begin(), types.end()), types.end());
    return types;
}

} // namespace hookgate::simulate
