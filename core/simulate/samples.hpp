#pragma once

#include "core/offline/loaded_provider.hpp"
#include "core/plugin/provider_in_process.hpp"

#include <string>
#include <vector>

namespace hookgate::simulate {

// A request that the provider's vectors show to be authentic, with what is in it.
struct Sample {
    plugin::check::SampleRequest request{};
    std::vector<plugin::NormalizedEvent> events{}; // one at least

    bool has(std::string_view type) const noexcept;
};

// The samples that an integration reads, smallest batches first. One without settings of its own
// (null) is every vector's own integration, as the list of types needs it.
std::vector<Sample> samplesOf(const offline::LoadedProvider& provider,
                              const plugin::ProviderInProcess* instance,
                              const plugin::ProviderInProcess::Collaborators& collaborators);

// Every type that there is a sample of, in order, each once.
std::vector<std::string> typesOf(const std::vector<Sample>& samples);

} // namespace hookgate::simulate
