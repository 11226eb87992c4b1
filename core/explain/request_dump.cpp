#include "core/explain/request_dump.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <utility>

namespace hookgate::explain {
namespace {

using plugin::check::SampleRequest;

// Takes one line off the front, without its end; false: there is none that ends.
bool takeLine(std::string_view& text, std::string_view& line) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return false;
    line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    text.remove_prefix(end + 1);
    return true;
}

bool parseHeader(std::string_view line, SampleRequest& request) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    request.headers.emplace_back(base::toLower(line.substr(0, colon)),
                                 base::trim(line.substr(colon + 1)));
    return true;
}

std::string_view headerOf(const SampleRequest& request, std::string_view name) {
    for (const auto& [header, value] : request.headers)
        if (header == name) return value;
    return {};
}

} // namespace

base::Result<SampleRequest, std::string> parseDump(std::string_view text) {
    SampleRequest request;
    std::string_view line;
    const auto refuse = [](const std::string& what) {
        return base::Error{what +
                           "; a dump is the request line (POST /path HTTP/1.1), the headers, an "
                           "empty line and the body as it was sent"};
    };
    if (!takeLine(text, line)) return refuse("there is no request line");
    const auto method_end = line.find(' ');
    const auto target_end = line.rfind(' ');
    if (method_end == std::string_view::npos || method_end == target_end ||
        !line.substr(target_end + 1).starts_with("HTTP/"))
        return refuse("the first line is no request line");
    request.method = line.substr(0, method_end);
    auto target = line.substr(method_end + 1, target_end - method_end - 1);
    if (const auto scheme = target.find("://"); scheme != std::string_view::npos)
        target.remove_prefix(std::min(target.find('/', scheme + 3), target.size()));
    const auto question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string_view::npos) request.query = target.substr(question + 1);
    while (true) {
        if (!takeLine(text, line)) return refuse("no empty line ends the headers");
        if (line.empty()) break;
        if (!parseHeader(line, request)) return refuse("a line of the headers has no colon");
    }
    request.body = text;
    request.url = "http://" + std::string{headerOf(request, "host")} + request.path +
                  (request.query.empty() ? "" : "?" + request.query);
    return request;
}

std::vector<std::pair<std::string, std::string>> parseHeaderLines(std::string_view lines) {
    SampleRequest request;
    std::string_view line;
    while (takeLine(lines, line))
        static_cast<void>(parseHeader(line, request));
    return std::move(request.headers);
}

std::string providerIn(const SampleRequest& request) {
    constexpr std::string_view kBefore = "/webhooks/";
    const auto at = request.path.find(kBefore);
    if (at == std::string::npos) return {};
    const auto word = request.path.substr(at + kBefore.size());
    return word.substr(0, word.find('/'));
}

} // namespace hookgate::explain
