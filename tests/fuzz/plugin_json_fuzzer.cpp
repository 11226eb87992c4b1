#include "core/base/text.hpp"
#include "core/plugin/json_index.hpp"
#include "tests/fuzz/require.hpp"

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace hookgate::plugin {
namespace {

// Nodes lie within the text and in each other, and every value is JSON by itself.
void checkNodes(const JsonIndex& index, std::string_view text) {
    HG_REQUIRE(index.size() > 0 && index.at(0).next == index.size());
    for (std::uint32_t i = 0; i < index.size(); ++i) {
        const auto& node = index.at(i);
        HG_REQUIRE(node.begin < node.end && node.end <= text.size());
        HG_REQUIRE(node.next > i && node.next <= index.size());
        const auto raw = index.raw(i);
        if (node.kind != JsonKind::String) continue;
        HG_REQUIRE(raw.size() >= 2 && raw.front() == '"' && raw.back() == '"');
        std::string unescaped;
        if (appendUnescaped(unescaped, raw)) HG_REQUIRE(base::isUtf8(unescaped));
    }
}

// Following the names of the document from its root ends at a value, or is refused as ambiguous.
void checkPointers(const JsonIndex& index) {
    if (index.at(0).kind != JsonKind::Object) return;
    for (std::uint32_t name = 1; name < index.at(0).next; name = index.at(name + 1).next) {
        std::string pointer;
        if (!appendUnescaped(pointer, index.raw(name))) continue;
        std::string escaped = "/";
        for (const char c : pointer)
            escaped += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
        std::uint32_t found = 0;
        const auto error = index.find(0, escaped, found);
        HG_REQUIRE(error == JsonError::Ambiguous ||
                   (error == JsonError::None && found == name + 1));
    }
}

void check(std::string_view text) {
    JsonIndex index;
    const auto error = index.parse(text);
    if (error == JsonError::None) {
        checkNodes(index, text);
        checkPointers(index);
        return;
    }
    HG_REQUIRE(index.size() == 0);
    // Another parser takes no text that is refused here, but for the byte order mark that it skips
    // and the zero byte that it takes for the end.
    const bool comparable =
        !text.starts_with("\xef\xbb\xbf") && text.find('\0') == std::string_view::npos;
    const bool accepted = comparable && nlohmann::json::accept(text);
    HG_REQUIRE(!accepted || error != JsonError::Syntax);
}

} // namespace
} // namespace hookgate::plugin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    hookgate::plugin::check(text);
    return 0;
}
