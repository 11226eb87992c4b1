#pragma once

#include "core/explain/variations.hpp"
#include "core/offline/loaded_provider.hpp"
#include "core/plugin/provider_in_process.hpp"

#include <string>
#include <vector>

namespace hookgate::explain {

// A request, where it came to, and what else it might have been meant for.
struct Case {
    const offline::LoadedProvider& provider;
    plugin::InstanceSettings settings{};
    plugin::check::SampleRequest request{};
    base::UnixMs received_at = 0;
    std::vector<std::string> urls{};       // beside the request's own: how it may be known outside
    std::vector<SecretVariation> others{}; // secrets of elsewhere
};

// What verify() says of it with the settings as they are, and why.
struct Explanation {
    plugin::Decision decision = plugin::Decision::Reject;
    plugin::RejectReason reason = plugin::RejectReason::Unspecified;
    std::string key_id{};            // which secret matched, when one did
    base::UnixMs signed_at = 0;      // 0: not known
    std::vector<Finding> findings{}; // what matters most first; never empty for a rejection
};

// Tries what could have been different, through the plugin's own verify(); changes nothing. The
// error says why the provider makes no instance.
base::Result<Explanation, std::string> explain(
    const Case& given, const plugin::ProviderInProcess::Collaborators& collaborators);

} // namespace hookgate::explain
