#include "core/base/hex.hpp"
#include "core/base/text.hpp"
#include "core/explain/encodings.hpp"
#include "core/explain/variations.hpp"

#include <algorithm>

namespace hookgate::explain {
namespace {

using plugin::check::SampleRequest;

SampleRequest withHeader(const SampleRequest& request, const std::string& name,
                         const std::string& value) {
    auto changed = request;
    std::erase_if(changed.headers, [&](const auto& header) { return header.first == name; });
    changed.headers.emplace_back(name, value);
    return changed;
}

// What stands before the proof itself: "sha256=", "v0=", "v1,".
std::string prefixOf(const std::string& value) {
    constexpr std::size_t kPrefixMax = 12;
    const auto end = value.find_first_of("=,");
    const bool is_prefix = end <= kPrefixMax && end + 1 != value.size(); // npos is far behind
    return is_prefix ? value.substr(0, end + 1) : std::string{};
}

void addSpellings(std::vector<RequestVariation>& found, const SampleRequest& request,
                  const ProofHeader& header, const std::string& value) {
    const auto add = [&](const char* id, const std::string& what, const std::string& other) {
        if (other != value && !other.empty())
            found.push_back({{id, "the header " + header.name + " " + what},
                             withHeader(request, header.name, other)});
    };
    auto bare = value;
    std::erase_if(bare, [](char c) { return c == '"' || c == '\''; });
    add("proof_quoted", "has quotes around its value that do not belong there", bare);
    bare = value;
    std::erase_if(bare, [](char c) { return c == ' ' || c == '\t'; });
    add("proof_spaces", "has white space in its value that does not belong there", bare);
    add("proof_case", "is in upper case where lower case is wanted", base::toLower(value));
    if (const auto decoded = base::percentDecode(value))
        add("proof_escaped", "is percent-encoded, and should not be", *decoded);
    const auto wanted = prefixOf(header.example);
    const auto given = prefixOf(value);
    const auto proof = value.substr(given.size());
    if (wanted != given) {
        add("proof_prefix",
            wanted.empty() ? "begins with " + given + ", which does not belong there"
                           : "lacks the " + wanted + " before its value",
            wanted + value);
        add("proof_prefix", "does not begin as it should: with " + wanted, wanted + proof);
    }
    for (const auto& prefix : {given, wanted}) {
        if (const auto bytes = fromHex(proof); bytes) {
            add("proof_encoding", "is in hex where base64 is wanted", prefix + toBase64(*bytes));
        }
        if (const auto bytes = fromBase64(proof); bytes) {
            add("proof_encoding", "is in base64 where hex is wanted", prefix + toHex(*bytes));
            add("proof_encoding", "is base64url or lacks its padding where base64 is wanted",
                prefix + toBase64(*bytes));
        }
    }
}

} // namespace

std::vector<RequestVariation> proofVariations(const SampleRequest& request,
                                              const std::vector<ProofHeader>& proof) {
    std::vector<RequestVariation> found;
    for (const auto& header : proof) {
        std::vector<std::string> values;
        for (const auto& [name, value] : request.headers)
            if (name == header.name) values.push_back(value);
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (values.size() > 1)
                found.push_back(
                    {{"header_doubled", "the header " + header.name + " came " +
                                            std::to_string(values.size()) + " times; number " +
                                            std::to_string(i + 1) + " alone would be right"},
                     withHeader(request, header.name, values[i])});
            addSpellings(found, request, header, values[i]);
        }
    }
    return found;
}

} // namespace hookgate::explain
