#include "core/delivery/callback_url.hpp"

#include <algorithm>
#include <charconv>
#include <memory>

#include <curl/curl.h>

namespace hookgate::delivery {
namespace {

struct UrlCleanup {
    void operator()(CURLU* url) const noexcept { ::curl_url_cleanup(url); }
};

using UrlHandle = std::unique_ptr<CURLU, UrlCleanup>;

std::optional<std::string> part(CURLU* url, CURLUPart which, unsigned flags = 0) {
    char* text = nullptr;
    if (::curl_url_get(url, which, &text, flags) != CURLUE_OK) return std::nullopt;
    std::string copy{text};
    ::curl_free(text);
    return copy;
}

bool isPlainHost(std::string_view host) noexcept {
    return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '-' || c == '_' || c == ':';
    });
}

std::string_view withoutBrackets(std::string_view host) noexcept {
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
        return host.substr(1, host.size() - 2);
    return host;
}

} // namespace

base::Result<CallbackUrl, std::string_view> parseCallbackUrl(const std::string& text) {
    constexpr std::string_view kInvalid = "callback URL is not valid";
    const UrlHandle url{::curl_url()};
    // A control byte would be cut off or passed on; neither is what the operator wrote.
    const bool printable =
        std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (!url || !printable ||
        ::curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
        return base::Error{kInvalid};
    const auto scheme = part(url.get(), CURLUPART_SCHEME);
    if (!scheme || (*scheme != "http" && *scheme != "https"))
        return base::Error{std::string_view{"callback URL is neither http nor https"}};
    if (part(url.get(), CURLUPART_USER) || part(url.get(), CURLUPART_PASSWORD))
        return base::Error{std::string_view{"callback URL carries credentials"}};
    const auto written = part(url.get(), CURLUPART_HOST);
    const auto port = part(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
    if (!written || !port || part(url.get(), CURLUPART_ZONEID)) return base::Error{kInvalid};

    CallbackUrl callback;
    callback.host = withoutBrackets(*written);
    const auto [end, error] =
        std::from_chars(port->data(), port->data() + port->size(), callback.port);
    if (!isPlainHost(callback.host) || error != std::errc{} || end != port->data() + port->size() ||
        callback.port == 0)
        return base::Error{kInvalid};
    callback.literal = base::IpAddress::parse(callback.host);
    ::curl_url_set(url.get(), CURLUPART_FRAGMENT, nullptr, 0);
    // The dot that makes a name absolute matters to the resolver, which keeps it; in the URL it
    // would only make another name of the same host.
    if (callback.host.ends_with('.')) {
        const auto bare = callback.host.substr(0, callback.host.size() - 1);
        if (!isPlainHost(bare) ||
            ::curl_url_set(url.get(), CURLUPART_HOST, bare.c_str(), 0) != CURLUE_OK)
            return base::Error{kInvalid};
    }
    const auto normalized = part(url.get(), CURLUPART_URL);
    if (!normalized) return base::Error{kInvalid};
    callback.text = *normalized;
    return callback;
}

} // namespace hookgate::delivery
