#pragma once

#include "core/plugin/check/vectors.hpp"
#include "core/plugin/instance_settings.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What could have been different when a webhook was signed, each in an operator's words. None of it
// knows a scheme: whether one explains a rejection is for the plugin's verify() to say.
namespace hookgate::explain {

struct Finding {
    std::string id{};   // for programs: "trailing_newline"
    std::string text{}; // for the operator, without secrets
};

// A request as it may have been before something changed it.
struct RequestVariation {
    Finding finding{};
    plugin::check::SampleRequest request{};
};

// Secrets that it may have been signed with.
struct SecretVariation {
    Finding finding{};
    std::vector<plugin::Secret> secrets{};
};

// Line ends, byte order marks, white space and escapes of JSON, forms.
std::vector<RequestVariation> bodyVariations(const plugin::check::SampleRequest& request);

// Scheme, port, trailing slash and query, in every combination, of each URL.
std::vector<RequestVariation> urlVariations(const plugin::check::SampleRequest& request,
                                            const std::vector<std::string>& urls);

std::vector<RequestVariation> methodVariations(const plugin::check::SampleRequest& request);

// A header that proves requests, and a value that the integration's own secret would give it;
// empty: not known.
struct ProofHeader {
    std::string name{};
    std::string example{};
};

// Other spellings of the values of proof headers: encoding, case, prefix, quotes, doubled ones.
std::vector<RequestVariation> proofVariations(const plugin::check::SampleRequest& request,
                                              const std::vector<ProofHeader>& proof);

// Other readings of the same secrets: with a line end, decoded, encoded, without prefix.
std::vector<SecretVariation> secretVariations(const std::vector<plugin::Secret>& secrets);

} // namespace hookgate::explain
