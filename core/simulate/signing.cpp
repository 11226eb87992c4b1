#include "core/simulate/signing.hpp"

#include "core/offline/request_view.hpp"

#include <algorithm>
#include <utility>

namespace hookgate::simulate {

base::Result<plugin::check::SampleRequest, std::string> signedRequest(
    const plugin::ProviderInProcess& provider, plugin::check::SampleRequest request,
    std::string_view private_key, base::UnixMs now) {
    const auto proof = [&] {
        const offline::RequestView view{request, now};
        return provider.sign(*view, private_key);
    }();
    if (!proof) {
        const auto& error = proof.error();
        return base::Error{error.explanation.empty() ? std::string{"its plugin signs nothing"}
                                                     : error.explanation};
    }
    for (const auto& [name, value] : proof->headers) {
        const auto& signed_name = name;
        std::erase_if(request.headers,
                      [&](const auto& header) { return header.first == signed_name; });
        request.headers.emplace_back(name, value);
    }
    if (!proof->url.empty()) setUrl(request, proof->url);
    return request;
}

void setUrl(plugin::check::SampleRequest& request, const std::string& url) {
    request.url = url;
    const auto scheme = url.find("://");
    const auto path = url.find_first_of("/?", scheme == std::string::npos ? 0 : scheme + 3);
    auto target = path == std::string::npos ? std::string{"/"} : url.substr(path);
    const auto question = target.find('?');
    request.query = question == std::string::npos ? std::string{} : target.substr(question + 1);
    target.resize(std::min(question, target.size()));
    request.path = std::move(target);
}

std::string dumped(const plugin::check::SampleRequest& request) {
    std::string text = request.method + ' ' + request.path +
                       (request.query.empty() ? "" : "?" + request.query) + " HTTP/1.1\r\n";
    for (const auto& [name, value] : request.headers)
        text.append(name).append(": ").append(value).append("\r\n");
    return text.append("\r\n").append(request.body);
}

} // namespace hookgate::simulate
