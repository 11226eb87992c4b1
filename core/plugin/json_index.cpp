#include "core/plugin/json_index.hpp"

#include "core/base/hex.hpp"
#include "core/base/text.hpp"

#include <array>
#include <cstring>
#include <limits>

namespace hookgate::plugin {
namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

bool isDigit(char c) noexcept {
    return c >= '0' && c <= '9';
}

bool isBlank(char c) noexcept {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

// Bytes that need no second look inside a string.
constexpr std::array<bool, 256> kPlain = [] {
    std::array<bool, 256> plain{};
    for (std::size_t byte = 0x20; byte < 0x80; ++byte)
        plain[byte] = byte != '"' && byte != '\\';
    return plain;
}();

bool isPlain(char c) noexcept {
    return kPlain[static_cast<unsigned char>(c)];
}

// Skips plain bytes, eight at a time while eight are plain: most of a payload is text.
const char* skipPlain(const char* at, const char* end) noexcept {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    constexpr std::uint64_t kHighBits = 0x80 * kOnes;
    while (end - at >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof(word));
        const auto control = word - 0x20 * kOnes;
        const auto quote = (word ^ '"' * kOnes) - kOnes;
        const auto backslash = (word ^ '\\' * kOnes) - kOnes;
        if (((word | control | quote | backslash) & kHighBits) != 0) break;
        at += sizeof(word);
    }
    while (at != end && isPlain(*at))
        ++at;
    return at;
}

// The next token of a pointer, "~1" and "~0" resolved; false: a broken escape.
bool takeToken(std::string_view& pointer, std::string& token) {
    token.clear();
    pointer.remove_prefix(1);
    while (!pointer.empty() && pointer.front() != '/') {
        char c = pointer.front();
        pointer.remove_prefix(1);
        if (c == '~') {
            if (pointer.empty() || (pointer.front() != '0' && pointer.front() != '1')) return false;
            c = pointer.front() == '0' ? '~' : '/';
            pointer.remove_prefix(1);
        }
        token.push_back(c);
    }
    return true;
}

} // namespace

// One pass from left to right; containers that are open are a stack of node numbers, so that the
// depth of the text is not the depth of the machine's stack.
class JsonIndex::Parser {
public:
    Parser(std::string_view text, std::vector<JsonNode>& nodes)
        : begin_{text.data()},
          at_{text.data()},
          end_{text.data() + text.size()},
          nodes_{nodes} {}

    JsonError run() {
        do {
            if (const auto error = value(); error != JsonError::None) return error;
        } while (depth_ > 0);
        skipBlanks();
        return at_ == end_ ? JsonError::None : JsonError::Syntax;
    }

    std::size_t offset() const noexcept { return static_cast<std::size_t>(at_ - begin_); }

private:
    // One value with what closes after it, up to where the next value must begin.
    JsonError value() {
        skipBlanks();
        if (nodes_.size() >= kNodesMax) return JsonError::TooManyNodes;
        if (at_ == end_) return JsonError::Syntax;
        switch (*at_) {
            case '{':
                return open(JsonKind::Object, '}');
            case '[':
                return open(JsonKind::Array, ']');
            case '"':
                return string() ? ended() : JsonError::Syntax;
            case 't':
                return literal("true", JsonKind::Bool) ? ended() : JsonError::Syntax;
            case 'f':
                return literal("false", JsonKind::Bool) ? ended() : JsonError::Syntax;
            case 'n':
                return literal("null", JsonKind::Null) ? ended() : JsonError::Syntax;
            default:
                return number() ? ended() : JsonError::Syntax;
        }
    }

    JsonError open(JsonKind kind, char closing) {
        if (depth_ == kDepthMax) return JsonError::TooDeep;
        const auto node = add(kind);
        ++at_;
        skipBlanks();
        if (at_ != end_ && *at_ == closing) {
            ++at_;
            close(node);
            return ended();
        }
        open_[depth_++] = node;
        return kind == JsonKind::Object ? name() : JsonError::None;
    }

    // After a value: a comma and what it promises, or the end of one container or more.
    JsonError ended() {
        while (depth_ > 0) {
            const auto node = open_[depth_ - 1];
            const bool object = nodes_[node].kind == JsonKind::Object;
            ++nodes_[node].count;
            skipBlanks();
            if (at_ == end_) return JsonError::Syntax;
            if (*at_ == ',') {
                ++at_;
                return object ? name() : JsonError::None;
            }
            if (*at_ != (object ? '}' : ']')) return JsonError::Syntax;
            ++at_;
            close(node);
            --depth_;
        }
        return JsonError::None;
    }

    JsonError name() {
        skipBlanks();
        if (nodes_.size() >= kNodesMax) return JsonError::TooManyNodes;
        if (at_ == end_ || *at_ != '"' || !string()) return JsonError::Syntax;
        skipBlanks();
        if (at_ == end_ || *at_ != ':') return JsonError::Syntax;
        ++at_;
        return JsonError::None;
    }

    bool string() {
        const auto node = add(JsonKind::String);
        ++at_;
        bool ascii = true;
        while (true) {
            at_ = skipPlain(at_, end_);
            if (at_ == end_) return false;
            if (*at_ == '"') break;
            if (*at_ == '\\') {
                nodes_[node].escaped = true;
                if (!escape()) return false;
            } else {
                if (static_cast<unsigned char>(*at_) < 0x80) return false; // a control byte
                ascii = false;
                ++at_;
            }
        }
        ++at_;
        close(node);
        return ascii ||
               base::isUtf8({begin_ + nodes_[node].begin, nodes_[node].end - nodes_[node].begin});
    }

    bool escape() {
        ++at_;
        if (at_ == end_) return false;
        const char c = *at_++;
        if (c != 'u') return std::string_view{"\"\\/bfnrt"}.find(c) != std::string_view::npos;
        if (end_ - at_ < 4) return false;
        for (int i = 0; i < 4; ++i)
            if (base::hexDigit(*at_++) < 0) return false;
        return true;
    }

    bool literal(std::string_view word, JsonKind kind) {
        const auto rest = static_cast<std::size_t>(end_ - at_);
        if (rest < word.size() || std::string_view{at_, word.size()} != word) return false;
        const auto node = add(kind);
        at_ += word.size();
        close(node);
        return true;
    }

    bool number() {
        const auto node = add(JsonKind::Number);
        if (*at_ == '-') ++at_;
        if (at_ != end_ && *at_ == '0')
            ++at_;
        else if (!digits())
            return false;
        if (at_ != end_ && *at_ == '.') {
            ++at_;
            if (!digits()) return false;
        }
        if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
            ++at_;
            if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
            if (!digits()) return false;
        }
        close(node);
        return true;
    }

    bool digits() {
        const auto* const first = at_;
        while (at_ != end_ && isDigit(*at_))
            ++at_;
        return at_ != first;
    }

    void skipBlanks() noexcept {
        while (at_ != end_ && isBlank(*at_))
            ++at_;
    }

    std::uint32_t add(JsonKind kind) {
        nodes_.push_back({.begin = static_cast<std::uint32_t>(offset()), .kind = kind});
        return static_cast<std::uint32_t>(nodes_.size() - 1);
    }

    void close(std::uint32_t node) noexcept {
        nodes_[node].end = static_cast<std::uint32_t>(offset());
        nodes_[node].next = static_cast<std::uint32_t>(nodes_.size());
    }

    const char* begin_;
    const char* at_;
    const char* end_;
    std::vector<JsonNode>& nodes_;
    std::array<std::uint32_t, kDepthMax> open_{};
    std::size_t depth_ = 0;
};

JsonError JsonIndex::parse(std::string_view text) {
    nodes_.clear();
    text_ = text;
    at_ = 0;
    if (text.size() >= kNone) return JsonError::TooManyNodes;
    Parser parser{text, nodes_};
    const auto error = parser.run();
    at_ = parser.offset();
    if (error != JsonError::None) nodes_.clear();
    return error;
}

JsonError JsonIndex::find(std::uint32_t node, std::string_view pointer,
                          std::uint32_t& found) const {
    if (node >= nodes_.size()) return JsonError::NotFound;
    if (!pointer.empty() && pointer.front() != '/') return JsonError::NotFound;
    std::string token;
    while (!pointer.empty()) {
        if (!takeToken(pointer, token)) return JsonError::NotFound;
        auto error = JsonError::NotFound;
        if (nodes_[node].kind == JsonKind::Object)
            error = member(node, token, node);
        else if (nodes_[node].kind == JsonKind::Array)
            error = element(node, token, node);
        if (error != JsonError::None) return error;
    }
    found = node;
    return JsonError::None;
}

// Looks at every member: that the name is there only once is part of the answer.
JsonError JsonIndex::member(std::uint32_t object, std::string_view name,
                            std::uint32_t& found) const {
    std::uint32_t match = kNone;
    const auto end = nodes_[object].next;
    for (auto node = object + 1; node < end; node = nodes_[node + 1].next) {
        if (!namedLike(node, name)) continue;
        if (match != kNone) return JsonError::Ambiguous;
        match = node + 1;
    }
    if (match == kNone) return JsonError::NotFound;
    found = match;
    return JsonError::None;
}

JsonError JsonIndex::element(std::uint32_t array, std::string_view token,
                             std::uint32_t& found) const {
    constexpr std::size_t kDigitsMax = 9;
    if (token.empty() || token.size() > kDigitsMax || (token.size() > 1 && token[0] == '0'))
        return JsonError::NotFound;
    std::uint32_t index = 0;
    for (const char c : token) {
        if (!isDigit(c)) return JsonError::NotFound;
        index = index * 10 + static_cast<std::uint32_t>(c - '0');
    }
    if (index >= nodes_[array].count) return JsonError::NotFound;
    auto node = array + 1;
    while (index-- > 0)
        node = nodes_[node].next;
    found = node;
    return JsonError::None;
}

bool JsonIndex::namedLike(std::uint32_t node, std::string_view name) const {
    const auto literal = raw(node);
    if (!nodes_[node].escaped) return literal.substr(1, literal.size() - 2) == name;
    std::string unescaped;
    return appendUnescaped(unescaped, literal) && unescaped == name;
}

void JsonIndex::shrink(std::size_t nodes_kept) {
    nodes_.clear();
    if (nodes_.capacity() > nodes_kept) nodes_.shrink_to_fit();
}

} // namespace hookgate::plugin
