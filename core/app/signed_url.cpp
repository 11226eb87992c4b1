#include "core/app/signed_url.hpp"

#include <array>

namespace hookgate::app {

bool signsUrl(const plugin::ProviderInProcess& provider) {
    constexpr std::array kHeaders{plugin::HeaderView{"content-type", "application/json"}};
    const auto proof_of = [&](std::string_view url) {
        return provider.sign({.headers = kHeaders,
                              .method = "POST",
                              .url = url,
                              .path = "/",
                              .body = "{}",
                              .client_ip = "127.0.0.1"},
                             {});
    };
    const auto one = proof_of("https://one.invalid/");
    const auto again = proof_of("https://one.invalid/");
    const auto other = proof_of("https://other.invalid/");
    // What differs for the same URL, too, says nothing: it has an id or a time of its own.
    return one && again && other && one->headers == again->headers &&
           one->headers != other->headers;
}

} // namespace hookgate::app
