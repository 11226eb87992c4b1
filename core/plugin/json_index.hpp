#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::plugin {

enum class JsonKind : std::uint8_t { Null, Bool, Number, String, Array, Object };

// One value or member name. Nodes lie in document order: a container is followed by its elements,
// or by name and value of its members in turn.
struct JsonNode {
    std::uint32_t begin = 0; // of its bytes in the text, a string's quotes included
    std::uint32_t end = 0;
    std::uint32_t next = 0;  // the node after this one and all that is in it
    std::uint32_t count = 0; // elements or members
    JsonKind kind = JsonKind::Null;
    bool escaped = false; // a string with a backslash in it
};

enum class JsonError {
    None,
    Syntax,       // no RFC 8259 JSON, or no UTF-8
    TooDeep,      // more than kDepthMax levels
    TooManyNodes, // or 4 GiB of text
    NotFound,
    Ambiguous,      // an object on the way names the member twice
    BrokenSurrogate // a string escapes half a surrogate pair: it has no UTF-8
};

// An index over JSON text that stays as it is: what is found are the exact bytes that were
// written, so that no number and no spelling is ever changed. Strict RFC 8259 in valid UTF-8.
// Half surrogate pairs are let through, because JSON allows them and senders cut strings; only
// reading such a string fails. The same goes for doubled names: only a look-up that meets one
// fails. Reusable: parse() keeps the memory of the last document. Not thread-safe.
class JsonIndex {
public:
    static constexpr std::size_t kDepthMax = 128;
    static constexpr std::size_t kNodesMax = 1'000'000;

    // `text` must outlive the index or the next parse().
    JsonError parse(std::string_view text);

    // Where the last parse() ended early, in bytes.
    std::size_t errorOffset() const noexcept { return at_; }

    // RFC 6901 from `node`; "" is the node itself. `found` is set only for None.
    JsonError find(std::uint32_t node, std::string_view pointer, std::uint32_t& found) const;

    // REQUIRES: parsed without error.
    std::size_t size() const noexcept { return nodes_.size(); }

    const JsonNode& at(std::uint32_t node) const noexcept { return nodes_[node]; }

    // The exact bytes of a node.
    std::string_view raw(std::uint32_t node) const noexcept {
        return text_.substr(nodes_[node].begin, nodes_[node].end - nodes_[node].begin);
    }

    // Gives back what a large document left behind.
    void shrink(std::size_t nodes_kept);

private:
    class Parser;

    JsonError member(std::uint32_t object, std::string_view name, std::uint32_t& found) const;
    JsonError element(std::uint32_t array, std::string_view token, std::uint32_t& found) const;
    bool namedLike(std::uint32_t node, std::string_view name) const;

    std::string_view text_;
    std::vector<JsonNode> nodes_;
    std::size_t at_ = 0;
};

// The text of a JSON string, quotes included, with its escapes resolved, appended to `out`. False:
// half a surrogate pair. REQUIRES: `literal` was accepted by JsonIndex.
bool appendUnescaped(std::string& out, std::string_view literal);

} // namespace hookgate::plugin
