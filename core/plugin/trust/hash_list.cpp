#include "core/plugin/trust/hash_list.hpp"

#include "core/base/hex.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <cstddef>

namespace hookgate::plugin {
namespace {

constexpr std::size_t kHashDigits = 64;

bool isHash(std::string_view text) noexcept {
    return text.size() == kHashDigits &&
           std::ranges::all_of(text, [](char c) { return base::hexDigit(c) >= 0; });
}

} // namespace

base::Result<HashList, std::string> parseHashList(std::string_view text) {
    HashList list;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (base::trim(line).empty() || line.starts_with('#')) continue;
        const auto separator = line.substr(std::min(kHashDigits, line.size())).substr(0, 2);
        const auto name = line.substr(std::min(kHashDigits + 2, line.size()));
        if (!isHash(line.substr(0, kHashDigits)) || (separator != "  " && separator != " *") ||
            name.empty() || name.find('/') != std::string_view::npos)
            return base::Error{"line " + std::to_string(number) +
                               " is not `SHA-256, two spaces, file name`"};
        if (!list.emplace(name, base::toLower(line.substr(0, kHashDigits))).second)
            return base::Error{"line " + std::to_string(number) + " names a file again"};
    }
    return list;
}

std::string writeHashList(const HashList& list) {
    std::string text;
    for (const auto& [name, hash] : list)
        text.append(hash).append("  ").append(name).append("\n");
    return text;
}

} // namespace hookgate::plugin
