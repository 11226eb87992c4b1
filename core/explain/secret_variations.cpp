#include "core/base/text.hpp"
#include "core/explain/encodings.hpp"
#include "core/explain/variations.hpp"

#include <algorithm>

namespace hookgate::explain {
namespace {

std::string nameOf(const plugin::Secret& secret) {
    return secret.key_id.empty() ? std::string{"the secret"} : "the secret " + secret.key_id;
}

std::string upper(std::string_view text) {
    std::string result{text};
    for (auto& c : result)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return result;
}

void addSpellings(std::vector<SecretVariation>& found, const plugin::Secret& secret) {
    const auto& bytes = secret.bytes;
    const auto add = [&](const char* id, const std::string& how, const std::string& other) {
        if (other != bytes && !other.empty())
            found.push_back({{id, "it was signed with " + nameOf(secret) + ' ' + how},
                             {{secret.key_id, other}}});
    };
    add("secret_space",
        "without the white space around it: take that out of where the secret is kept",
        std::string{base::trim(bytes)});
    add("secret_space", "with a line end behind it: whoever configured the sender copied it so",
        bytes + '\n');
    if (bytes.size() > 2 && (bytes.front() == '"' || bytes.front() == '\'') &&
        bytes.back() == bytes.front())
        add("secret_quoted", "without the quotes around it: take them off",
            bytes.substr(1, bytes.size() - 2));
    const auto underscore = bytes.find('_');
    const auto rest = underscore == std::string::npos ? bytes : bytes.substr(underscore + 1);
    add("secret_prefix", "without what stands before its underscore", rest);
    for (const auto* const prefix : {"whsec_", "whpk_"})
        if (!bytes.starts_with(prefix))
            add("secret_prefix", std::string{"with "} + prefix + " before it", prefix + bytes);
    if (const auto decoded = fromHex(bytes))
        add("secret_encoding", "decoded from hex: it is used as text here", *decoded);
    if (const auto decoded = fromHex(bytes))
        add("secret_encoding", "in base64, and it is in hex here", toBase64(*decoded));
    if (const auto decoded = fromBase64(rest)) {
        add("secret_encoding", "decoded from base64: it is used as text here", *decoded);
        add("secret_encoding", "in hex, and it is in base64 here", toHex(*decoded));
    }
    add("secret_encoding", "encoded in base64 once more", toBase64(bytes));
    add("secret_encoding", "encoded in hex once more", toHex(bytes));
    add("secret_case", "in lower case", base::toLower(bytes));
    add("secret_case", "in upper case", upper(bytes));
}

} // namespace

std::vector<SecretVariation> secretVariations(const std::vector<plugin::Secret>& secrets) {
    std::vector<SecretVariation> found;
    for (const auto& secret : secrets)
        addSpellings(found, secret);
    return found;
}

} // namespace hookgate::explain
