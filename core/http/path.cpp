#include "core/base/text.hpp"
#include "core/http/router.hpp"

#include <algorithm>

namespace hookgate::http {
namespace {

bool hasControlByte(std::string_view text) noexcept {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
    });
}

// A segment that means what it says: not empty, no step to somewhere else, nothing that separates.
bool isPlainSegment(std::string_view segment) noexcept {
    return segment != "." && segment != ".." &&
           segment.find_first_of("/\\") == std::string_view::npos && !hasControlByte(segment) &&
           base::isUtf8(segment);
}

bool appendSegment(std::string& path, std::string_view raw) {
    if (raw.find('%') == std::string_view::npos) {
        path.append(raw);
        return isPlainSegment(raw);
    }
    const auto segment = base::percentDecode(raw);
    if (!segment || !isPlainSegment(*segment)) return false;
    path.append(*segment);
    return true;
}

std::optional<std::string> decodeQueryPart(std::string_view part) {
    std::string spaced{part};
    std::replace(spaced.begin(), spaced.end(), '+', ' ');
    auto decoded = base::percentDecode(spaced);
    if (!decoded || hasControlByte(*decoded) || !base::isUtf8(*decoded)) return std::nullopt;
    return decoded;
}

} // namespace

std::optional<std::string> normalizePath(std::string_view raw_path) {
    if (raw_path.empty() || raw_path.front() != '/') return std::nullopt;
    std::string path;
    path.reserve(raw_path.size());
    auto rest = raw_path.substr(1);
    while (true) {
        const auto slash = rest.find('/');
        const bool last = slash == std::string_view::npos;
        const auto raw = rest.substr(0, slash);
        if (raw.empty() && !last) return std::nullopt;
        path.push_back('/');
        if (!appendSegment(path, raw)) return std::nullopt;
        if (last) return path;
        rest.remove_prefix(slash + 1);
    }
}

std::optional<std::vector<std::pair<std::string, std::string>>> parseQuery(std::string_view query) {
    std::vector<std::pair<std::string, std::string>> pairs;
    while (!query.empty()) {
        const auto item = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), item.size() + 1));
        if (item.empty()) continue;
        const auto equals = item.find('=');
        auto name = decodeQueryPart(item.substr(0, equals));
        auto value = decodeQueryPart(equals == std::string_view::npos ? std::string_view{}
                                                                      : item.substr(equals + 1));
        if (!name || !value) return std::nullopt;
        pairs.emplace_back(std::move(*name), std::move(*value));
    }
    return pairs;
}

} // namespace hookgate::http
