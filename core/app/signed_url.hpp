#pragma once

#include "core/plugin/provider_in_process.hpp"

namespace hookgate::app {

// Whether a provider's proof covers the URL that it sends to, and so needs the integration's
// publicUrl: seen from what the plugin's own sign() makes for two URLs. False when it does not sign
// without a private key.
bool signsUrl(const plugin::ProviderInProcess& provider);

} // namespace hookgate::app
