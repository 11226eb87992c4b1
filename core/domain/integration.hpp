#pragma once

#include "core/base/clock.hpp"
#include "core/base/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hookgate::domain {

// A value that is stored by reference, never by content: the environment variable `env` with an
// optional value for development, or the content of a file. Exactly one of env and file is set; a
// callback URL may also be written down as it is, in `literal`.
struct ValueReference {
    std::string env;
    std::string development;
    std::string file;
    std::string literal;

    bool operator==(const ValueReference&) const = default;
};

// One secret of an integration; several while a secret is being rotated, newest first.
struct SecretReference {
    std::string key_id;
    ValueReference value;

    bool operator==(const SecretReference&) const = default;
};

// A provider as this installation uses it: where its events go and which secrets prove them.
// At most one active integration per provider name.
struct Integration {
    base::Uuid id;
    std::string provider;
    std::string name;
    ValueReference callback_url;
    std::vector<SecretReference> secrets;
    std::string settings_json = "{}"; // checked by the plugin
    std::string plugin;     // the provider of a plugin that serves it; empty: of its own name
    std::string public_url; // where the provider sends to, without a query; empty: not known
    std::optional<std::int32_t> tolerance_s; // of signed times, instead of the plugin's; 0: any
    bool active = true;
    base::UnixMs created_at = 0;
    base::UnixMs updated_at = 0;
};

} // namespace hookgate::domain
