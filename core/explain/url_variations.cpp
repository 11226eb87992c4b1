#include "core/base/text.hpp"
#include "core/explain/variations.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace hookgate::explain {
namespace {

using plugin::check::SampleRequest;

struct Url {
    std::string scheme;
    std::string host;
    std::string port; // with its colon, or empty
    std::string path;
    std::string query; // with its question mark, or empty

    std::string text() const { return scheme + "://" + host + port + path + query; }
};

std::optional<Url> parse(const std::string& text) {
    const auto scheme = text.find("://");
    if (scheme == std::string::npos) return std::nullopt;
    Url url;
    url.scheme = text.substr(0, scheme);
    const auto authority_end = std::min(text.find_first_of("/?", scheme + 3), text.size());
    url.host = text.substr(scheme + 3, authority_end - scheme - 3);
    const auto colon = url.host.rfind(':');
    if (colon != std::string::npos && url.host.find(']', colon) == std::string::npos) {
        url.port = url.host.substr(colon);
        url.host.resize(colon);
    }
    const auto question = std::min(text.find('?', authority_end), text.size());
    url.path = text.substr(authority_end, question - authority_end);
    url.query = text.substr(question);
    return url;
}

std::string sortedQuery(const std::string& query) {
    std::vector<std::string> fields;
    std::size_t at = 1;
    while (at <= query.size()) {
        const auto end = std::min(query.find('&', at), query.size());
        fields.push_back(query.substr(at, end - at));
        at = end + 1;
    }
    std::sort(fields.begin(), fields.end());
    std::string text;
    for (const auto& field : fields)
        text.append(text.empty() ? "?" : "&").append(field);
    return text;
}

// A query may hold what is nobody else's business.
std::string withoutQuery(const std::string& url) {
    return url.substr(0, url.find('?'));
}

template <class Part>
using Spellings = std::vector<std::pair<std::string, Part>>; // what is different, how it is written

Spellings<std::string> schemesOf(const Url& url) {
    const std::string other = url.scheme == "https" ? "http" : "https";
    return {{"", url.scheme}, {other + " instead of " + url.scheme, other}};
}

Spellings<std::string> portsOf(const Url& url) {
    Spellings<std::string> ports{{"", url.port}};
    if (!url.port.empty()) ports.emplace_back("no port", "");
    for (const auto* const port : {":443", ":80", ":8080"})
        if (url.port != port) ports.emplace_back(std::string{"the port "} + (port + 1), port);
    return ports;
}

Spellings<std::string> pathsOf(const Url& url) {
    Spellings<std::string> paths{{"", url.path}};
    if (url.path.ends_with('/'))
        paths.emplace_back("no slash at its end", url.path.substr(0, url.path.size() - 1));
    else
        paths.emplace_back("a slash at its end", url.path + '/');
    if (auto decoded = base::percentDecode(url.path); decoded && *decoded != url.path)
        paths.emplace_back("a path without escapes", std::move(*decoded));
    return paths;
}

Spellings<std::string> queriesOf(const Url& url) {
    Spellings<std::string> queries{{"", url.query}};
    if (url.query.empty()) return queries;
    queries.emplace_back("no query", "");
    if (auto sorted = sortedQuery(url.query); sorted != url.query)
        queries.emplace_back("its query in another order", std::move(sorted));
    if (auto decoded = base::percentDecode(url.query); decoded && *decoded != url.query)
        queries.emplace_back("a query without escapes", std::move(*decoded));
    return queries;
}

std::string joined(std::initializer_list<std::string> differences) {
    std::string text;
    for (const auto& difference : differences)
        if (!difference.empty()) text.append(text.empty() ? "" : " and ").append(difference);
    return text;
}

// All that differs from the URL, in words and as text.
template <class Add>
void forEachSpelling(const Url& url, const Add& add) {
    for (const auto& [scheme_words, scheme] : schemesOf(url))
        for (const auto& [port_words, port] : portsOf(url))
            for (const auto& [path_words, path] : pathsOf(url))
                for (const auto& [query_words, query] : queriesOf(url)) {
                    const auto words = joined({scheme_words, port_words, path_words, query_words});
                    if (!words.empty()) add(words, Url{scheme, url.host, port, path, query}.text());
                }
}

// One less, as joined() tells them.
std::size_t differencesIn(const Finding& finding) {
    std::size_t count = 0;
    for (auto at = finding.text.find(" and "); at != std::string::npos;
         at = finding.text.find(" and ", at + 1))
        ++count;
    return count;
}

} // namespace

std::vector<RequestVariation> urlVariations(const SampleRequest& request,
                                            const std::vector<std::string>& urls) {
    std::vector<RequestVariation> variations;
    const auto add = [&](const std::string& difference, const std::string& text) {
        if (text == request.url) return;
        auto changed = request;
        changed.url = text;
        const auto question = text.find('?');
        changed.query = question == std::string::npos ? std::string{} : text.substr(question + 1);
        const auto was = withoutQuery(request.url);
        const auto is = withoutQuery(text);
        const auto advice =
            is == was
                ? std::string{". The query changes on its way: look at what rewrites URLs in front "
                              "of hookgate, and at the URL that is entered at the provider"}
                : ": " + is + " instead of " + was +
                      ". Set publicUrl of the integration to the URL as it is at the provider, "
                      "without its query";
        variations.push_back(
            {{"other_url", "the provider signed another URL, with " + difference + advice},
             std::move(changed)});
    };
    for (const auto& text : urls) {
        const auto url = parse(text);
        if (!url) continue;
        add("another host or path", text);
        forEachSpelling(*url, add);
    }
    // The simplest explanation is looked at first.
    std::stable_sort(variations.begin(), variations.end(), [](const auto& a, const auto& b) {
        return differencesIn(a.finding) < differencesIn(b.finding);
    });
    return variations;
}

std::vector<RequestVariation> methodVariations(const SampleRequest& request) {
    constexpr std::array<std::string_view, 4> kMethods{"POST", "GET", "PUT", "post"};
    std::vector<RequestVariation> variations;
    for (const auto method : kMethods) {
        if (method == request.method) continue;
        auto changed = request;
        changed.method = method;
        variations.push_back(
            {{"other_method", "the provider signed it as a " + std::string{method} +
                                  ", and it came as a " + request.method},
             std::move(changed)});
    }
    return variations;
}

} // namespace hookgate::explain
