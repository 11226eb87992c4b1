#include "core/plugin/trust/trust.hpp"

#include "core/plugin/library.hpp"
#include "core/plugin/trust/file_signature.hpp"

#include <utility>

namespace hookgate::plugin {
namespace {

constexpr std::size_t kHashShown = 12;

} // namespace

Trust::Trust(const PluginFolder& folder, const TrustOptions& options)
    : folder_{folder},
      policy_{options.policy} {
    if (policy_ == TrustPolicy::Pinned) readPins();
    if (policy_ == TrustPolicy::Signed) readKeys(options);
}

void Trust::readPins() {
    const std::string name{kHashListName};
    if (!folder_.has(name)) {
        trusts_nothing_because_ =
            "PLUGIN_TRUST=pinned, and there is no " + (folder_.path() / name).string() +
            "; look at the files, then run hookgate plugins lock, which writes it";
        return;
    }
    const auto text = folder_.read(name);
    auto pins = text ? parseHashList(*text) : base::Error{text.error()};
    if (pins)
        pins_ = std::move(*pins);
    else
        trusts_nothing_because_ = name + " cannot be used: " + pins.error();
}

void Trust::readKeys(const TrustOptions& options) {
    const auto file = options.keys_file.string();
    if (auto problem = accessProblem(options.keys_file, options.access); !problem.empty()) {
        trusts_nothing_because_ = "PLUGIN_KEYS_FILE: " + std::move(problem);
        return;
    }
    const auto text = readPluginFile(options.keys_file);
    auto keys = text ? publicKeysIn(*text) : base::Error{text.error()};
    if (keys)
        public_keys_ = std::move(*keys);
    else
        trusts_nothing_because_ = "PLUGIN_KEYS_FILE " + file + ": " + keys.error();
}

std::string Trust::refusal(const std::string& name, std::string_view bytes,
                           std::string_view sha256) const {
    if (!trusts_nothing_because_.empty()) return trusts_nothing_because_;
    switch (policy_) {
        case TrustPolicy::Pinned:
            return pinRefusal(name, sha256);
        case TrustPolicy::Signed:
            return signatureRefusal(name, bytes);
        case TrustPolicy::Any:
            break;
    }
    return {};
}

std::string Trust::pinRefusal(const std::string& name, std::string_view sha256) const {
    const auto pin = pins_.find(name);
    if (pin == pins_.end())
        return "it is not in plugins.lock; when you trust it, run hookgate plugins lock";
    if (pin->second == sha256) return {};
    return "its sha256 is " + std::string{sha256.substr(0, kHashShown)} +
           "..., and plugins.lock says " + pin->second.substr(0, kHashShown) +
           "...; when you trust the new file, run hookgate plugins lock";
}

std::string Trust::signatureRefusal(const std::string& name, std::string_view bytes) const {
    const auto signature_name = name + std::string{kSignatureEnding};
    if (!folder_.has(signature_name))
        return "PLUGIN_TRUST=signed, and there is no " + signature_name +
               " beside it; whoever has the key makes it with hookgate plugins sign " + name +
               " --key PRIVATE.pem";
    const auto signature = folder_.read(signature_name);
    if (!signature) return signature_name + ": " + signature.error();
    const auto problem = signatureProblem(public_keys_, bytes, *signature);
    if (problem.empty()) return {};
    return signature_name + ": " + problem +
           "; sign the file again, or add the signer's public key to PLUGIN_KEYS_FILE";
}

} // namespace hookgate::plugin
