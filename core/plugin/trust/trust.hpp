#pragma once

#include "core/base/result.hpp"
#include "core/plugin/trust/folder.hpp"
#include "core/plugin/trust/hash_list.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::plugin {

// Which plugin files may run, beyond what their owner and mode say.
enum class TrustPolicy {
    Any,    // all
    Pinned, // those whose hash plugins.lock names
    Signed  // those with a signature by a key that is trusted
};

struct TrustOptions {
    AccessCheck access = AccessCheck::Lenient;
    TrustPolicy policy = TrustPolicy::Any;
    std::filesystem::path keys_file{}; // PEM public keys, for Signed
};

// Judges the files of one directory, at one moment: the pins or keys are read once. Fails closed:
// what cannot be read trusts nothing.
class Trust {
public:
    // folder outlives it.
    Trust(const PluginFolder& folder, const TrustOptions& options);

    // Why a file with these bytes may not run, and what to do; empty: it may.
    std::string refusal(const std::string& name, std::string_view bytes,
                        std::string_view sha256) const;

private:
    void readPins();
    void readKeys(const TrustOptions& options);
    std::string pinRefusal(const std::string& name, std::string_view sha256) const;
    std::string signatureRefusal(const std::string& name, std::string_view bytes) const;

    const PluginFolder& folder_;
    const TrustPolicy policy_;
    std::string trusts_nothing_because_;
    HashList pins_;
    std::vector<std::string> public_keys_;
};

} // namespace hookgate::plugin
