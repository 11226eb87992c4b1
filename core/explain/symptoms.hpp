#pragma once

#include "core/explain/variations.hpp"
#include "core/offline/loaded_provider.hpp"
#include "core/plugin/provider_in_process.hpp"

#include <vector>

namespace hookgate::explain {

// The headers that prove requests to this instance: what its sign() adds or, where signing takes a
// private key, those without which the provider's vectors are not accepted.
std::vector<ProofHeader> proofHeaders(
    const offline::LoadedProvider& provider, const plugin::ProviderInProcess& instance,
    const plugin::check::SampleRequest& request, base::UnixMs now,
    const plugin::ProviderInProcess::Collaborators& collaborators);

// What can be seen without trying: headers that are missing, doubled or redacted, a body of another
// length than it says.
std::vector<Finding> symptomsOf(const plugin::check::SampleRequest& request,
                                const std::vector<ProofHeader>& proof);

// Values that do not look like the examples.
std::vector<Finding> malformedOf(const plugin::check::SampleRequest& request,
                                 const std::vector<ProofHeader>& proof,
                                 plugin::RejectReason reason);

} // namespace hookgate::explain
