#include "core/plugin/host_call.hpp"

#include "core/plugin/host_encoding.hpp"
#include "core/plugin/host_forms.hpp"

#include <algorithm>
#include <cstring>
#include <span>

namespace hookgate::plugin {
namespace {

constexpr std::size_t kExplanationBytesMax = 4096;

std::string_view viewOf(hg_str text) noexcept {
    return {text.data, static_cast<std::size_t>(text.size)};
}

hg_str rawOf(std::string_view text) noexcept {
    return {text.data(), text.size()};
}

static_assert(static_cast<int>(JsonKind::Null) == HG_JSON_NULL &&
              static_cast<int>(JsonKind::Bool) == HG_JSON_BOOL &&
              static_cast<int>(JsonKind::Number) == HG_JSON_NUMBER &&
              static_cast<int>(JsonKind::String) == HG_JSON_STRING &&
              static_cast<int>(JsonKind::Array) == HG_JSON_ARRAY &&
              static_cast<int>(JsonKind::Object) == HG_JSON_OBJECT);

// hg_json is the index itself under a name that C knows.
const JsonIndex& indexOf(const hg_json* json) noexcept {
    return *reinterpret_cast<const JsonIndex*>(json); // NOLINT(*-reinterpret-cast)
}

hg_status statusOf(JsonError error) noexcept {
    switch (error) {
        case JsonError::None:
            return HG_OK;
        case JsonError::NotFound:
            return HG_NOT_FOUND;
        case JsonError::TooManyNodes:
            return HG_LIMIT;
        case JsonError::Syntax:
        case JsonError::TooDeep:
        case JsonError::Ambiguous:
        case JsonError::BrokenSurrogate:
            break;
    }
    return HG_MALFORMED;
}

} // namespace

// The function pointers of hg_call. Nothing thrown here may cross into a plugin.
struct CallFunctions {
    static const HostCall& self(const hg_call* call) noexcept {
        return *static_cast<const HostCall*>(call);
    }

    static void* alloc(const hg_call* call, std::uint64_t size) noexcept {
        return self(call).memory_.arena.allocate(size);
    }

    static void explain(const hg_call* call, hg_str message) noexcept {
        try {
            self(call).explanation_.assign(viewOf(message).substr(0, kExplanationBytesMax));
        } catch (const std::bad_alloc&) {
            self(call).explanation_.clear();
        }
    }

    static hg_status header(const hg_call* call, const hg_request* request, hg_str name,
                            hg_str* value) noexcept {
        const auto wanted = viewOf(name);
        const auto& state = self(call);
        const hg_header* found = nullptr;
        for (const auto& header : std::span{request->headers, request->header_count}) {
            if (viewOf(header.name) != wanted) continue;
            if (found != nullptr) {
                state.met_doubled_header_ = true;
                return HG_AMBIGUOUS;
            }
            found = &header;
        }
        if (found == nullptr) return HG_NOT_FOUND;
        *value = found->value;
        return HG_OK;
    }

    static hg_status jsonOpen(const hg_call* call, hg_str text, const hg_json** json) noexcept {
        const auto& state = self(call);
        auto& documents = state.memory_.documents;
        if (state.documents_ == CallMemory::kDocumentsMax) return HG_LIMIT;
        try {
            if (documents.size() == state.documents_)
                documents.push_back(std::make_unique<JsonIndex>());
            auto& index = *documents[state.documents_];
            if (const auto error = index.parse(viewOf(text)); error != JsonError::None)
                return statusOf(error);
            ++state.documents_;
            *json = reinterpret_cast<const hg_json*>(&index); // NOLINT(*-reinterpret-cast)
            return HG_OK;
        } catch (const std::bad_alloc&) {
            return HG_LIMIT;
        }
    }

    static hg_status jsonFind(const hg_call* call, const hg_json* json, std::uint64_t node,
                              hg_str pointer, hg_json_value* value) noexcept {
        try {
            const auto& index = indexOf(json);
            if (node >= index.size()) return HG_NOT_FOUND;
            std::uint32_t found = 0;
            const auto error = index.find(static_cast<std::uint32_t>(node), viewOf(pointer), found);
            if (error != JsonError::None) return statusOf(error);
            return describe(self(call), index, found, *value);
        } catch (const std::bad_alloc&) {
            return HG_LIMIT;
        }
    }

    static hg_status jsonChild(const hg_call* call, const hg_json* json, std::uint64_t parent,
                               std::uint64_t previous, hg_str* name,
                               hg_json_value* value) noexcept {
        const auto& index = indexOf(json);
        if (parent >= index.size() || previous >= index.size()) return HG_NOT_FOUND;
        const auto& container = index.at(static_cast<std::uint32_t>(parent));
        const bool object = container.kind == JsonKind::Object;
        auto node = previous == 0 ? static_cast<std::uint32_t>(parent) + 1
                                  : index.at(static_cast<std::uint32_t>(previous)).next;
        if (node <= parent || node >= container.next) return HG_NOT_FOUND;
        try {
            if (name != nullptr) *name = {};
            if (object) {
                hg_json_value member{};
                const auto status = describe(self(call), index, node, member);
                if (status != HG_OK) return status;
                if (name != nullptr) *name = member.text;
                if (++node >= container.next) return HG_NOT_FOUND;
            }
            return describe(self(call), index, node, *value);
        } catch (const std::bad_alloc&) {
            return HG_LIMIT;
        }
    }

    static char* allocate(const HostCall& state, std::size_t bytes) noexcept {
        return static_cast<char*>(state.memory_.arena.allocate(bytes));
    }

    static hg_status decode(const hg_call* call, hg_encoding encoding, hg_str text,
                            hg_str* bytes) noexcept {
        const auto room = decodedBytesMax(encoding, static_cast<std::size_t>(text.size));
        if (!room) return HG_UNSUPPORTED;
        *bytes = {};
        auto* const out = allocate(self(call), *room);
        if (out == nullptr && *room > 0) return HG_LIMIT;
        const auto size = decodeInto(encoding, viewOf(text), out);
        if (!size) return HG_MALFORMED;
        *bytes = {out, *size};
        return HG_OK;
    }

    static hg_status encode(const hg_call* call, hg_encoding encoding, hg_str bytes,
                            hg_str* text) noexcept {
        const auto size = encodedBytes(encoding, static_cast<std::size_t>(bytes.size));
        if (!size) return HG_UNSUPPORTED;
        *text = {};
        auto* const out = allocate(self(call), *size);
        if (out == nullptr && *size > 0) return HG_LIMIT;
        encodeInto(encoding, viewOf(bytes), out);
        *text = {out, *size};
        return HG_OK;
    }

    // Reads a list with `read(allocate, list)` and moves it to the call's memory.
    template <class T, class Read>
    static hg_status listOf(const hg_call* call, const T** first, std::uint64_t* count,
                            const Read& read) noexcept {
        *first = nullptr;
        *count = 0;
        try {
            std::vector<T> list;
            const auto& state = self(call);
            const auto status =
                read([&](std::size_t bytes) { return allocate(state, bytes); }, list);
            if (status != HG_OK || list.empty()) return status;
            auto* const kept = state.memory_.arena.allocate(list.size() * sizeof(T));
            if (kept == nullptr) return HG_LIMIT;
            std::memcpy(kept, list.data(), list.size() * sizeof(T));
            *first = static_cast<const T*>(kept);
            *count = list.size();
            return HG_OK;
        } catch (const std::exception&) {
            return HG_LIMIT;
        }
    }

    static hg_status form(const hg_call* call, hg_str text, const hg_field** fields,
                          std::uint64_t* count) noexcept {
        return listOf<hg_field>(call, fields, count, [&](const Allocate& memory, auto& list) {
            return readForm(viewOf(text), memory, list);
        });
    }

    static hg_status multipart(const hg_call* call, hg_str content_type, hg_str body,
                               const hg_part** parts, std::uint64_t* count) noexcept {
        return listOf<hg_part>(call, parts, count, [&](const Allocate& memory, auto& list) {
            return readMultipart(viewOf(content_type), viewOf(body), memory, list);
        });
    }

    static hg_status describe(const HostCall& state, const JsonIndex& index, std::uint32_t node,
                              hg_json_value& value) {
        const auto& found = index.at(node);
        value.kind = static_cast<hg_json_kind>(found.kind);
        value.count = found.count;
        value.node = node;
        value.raw = rawOf(index.raw(node));
        value.text = value.raw;
        if (found.kind != JsonKind::String) return HG_OK;
        const auto literal = index.raw(node);
        value.text = rawOf(literal.substr(1, literal.size() - 2));
        if (!found.escaped) return HG_OK;
        std::string unescaped;
        if (!appendUnescaped(unescaped, literal)) return HG_MALFORMED;
        auto* const copy = state.memory_.arena.allocate(unescaped.size());
        if (copy == nullptr) return HG_LIMIT;
        std::memcpy(copy, unescaped.data(), unescaped.size());
        value.text = {static_cast<const char*>(copy), unescaped.size()};
        return HG_OK;
    }
};

HostCall::HostCall(CallMemory& memory, std::string_view correlation,
                   std::size_t arena_bytes) noexcept
    : hg_call{.struct_size = sizeof(hg_call),
              .budget_ms = 0,
              .correlation_id = rawOf(correlation),
              .alloc = &CallFunctions::alloc,
              .explain = &CallFunctions::explain,
              .header = &CallFunctions::header,
              .json_open = &CallFunctions::jsonOpen,
              .json_find = &CallFunctions::jsonFind,
              .json_child = &CallFunctions::jsonChild,
              .decode = &CallFunctions::decode,
              .encode = &CallFunctions::encode,
              .form = &CallFunctions::form,
              .multipart = &CallFunctions::multipart},
      memory_{memory} {
    memory_.arena.reset(arena_bytes);
}

HostCall::~HostCall() {
    memory_.arena.reset(0);
    for (const auto& document : memory_.documents)
        document->shrink(CallMemory::kNodesKept);
}

} // namespace hookgate::plugin
