#include "core/plugin/check/witness.hpp"

#include "core/plugin/check/guarded_memory.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <type_traits>

namespace hookgate::plugin::check {
namespace {

constexpr std::size_t kMacsMax = 64;
constexpr std::size_t kPointerBytes = sizeof(void*);

// The tables of version 1.0 (struct_size), and the part that no plugin may do without.
constexpr std::uint32_t kHostBytes = 96;
constexpr std::uint32_t kHostBytesMin = offsetof(hg_host, make_signature);
constexpr std::uint32_t kCallBytes = 104;
static_assert(sizeof(hg_host) >= kHostBytes && sizeof(hg_call) >= kCallBytes);

// Whose functions the next create() means: the ABI passes nothing that could tell.
std::atomic<const hg_provider*> g_tried{nullptr};
std::atomic<TableLength> g_length{TableLength::Whole};

struct OfThread {
    Usage usage;
    bool keeps_macs = false;
    GuardedMemory memory;
};

OfThread& ofThread() noexcept {
    thread_local OfThread state;
    return state;
}

std::string joined(const hg_str* parts, std::uint64_t count) {
    std::string text;
    for (const auto& part : std::span{parts, static_cast<std::size_t>(count)})
        text.append(part.data, static_cast<std::size_t>(part.size));
    return text;
}

// A table as the plugin is shown it. What its functions pass calls on to is named in front of it,
// so that nothing lies behind.
template <class Table>
const Table* show(const Table& functions, const Table* target, std::uint32_t bytes,
                  GuardedMemory& memory) {
    auto* const room = memory.room(kPointerBytes + bytes);
    std::memcpy(room, &target, kPointerBytes);
    auto* const shown = room + kPointerBytes;
    const void* const table = &functions;
    std::memcpy(shown, table, bytes);
    std::memcpy(shown, &bytes, sizeof(bytes));    // struct_size
    return reinterpret_cast<const Table*>(shown); // NOLINT(*-reinterpret-cast)
}

template <class Table>
const Table* behind(const Table* shown) noexcept {
    const Table* table = nullptr;
    std::memcpy(&table, reinterpret_cast<const char*>(shown) - kPointerBytes, // NOLINT(*-cast)
                kPointerBytes);
    return table;
}

// A function of a table that calls the one it stands for.
template <auto Member>
struct Through;

template <class Table, class R, class... A, R (*Table::*Member)(const Table*, A...)>
struct Through<Member> {
    static R call(const Table* shown, A... arguments) {
        const auto* const table = behind(shown);
        if constexpr (std::is_void_v<R>) {
            (table->*Member)(table, arguments...);
        } else {
            const R result = (table->*Member)(table, arguments...);
            if constexpr (std::is_same_v<R, hg_status>)
                if (result == HG_LIMIT) ofThread().usage.limited = true;
            return result;
        }
    }
};

void* seenAlloc(const hg_call* shown, std::uint64_t size) {
    auto* const memory = Through<&hg_call::alloc>::call(shown, size);
    if (memory == nullptr && size > 0) ofThread().usage.limited = true;
    return memory;
}

std::uint32_t seenEqual(const hg_host* shown, hg_str a, hg_str b) {
    ++ofThread().usage.comparisons;
    return Through<&hg_host::equal>::call(shown, a, b);
}

// The ABI sets the number of parameters of these.
// NOLINTNEXTLINE(readability-function-size)
hg_status seenVerifySignature(const hg_host* shown, hg_signature_scheme scheme, hg_str key,
                              hg_str message, hg_str signature, std::uint32_t* valid) {
    ++ofThread().usage.signatures;
    return Through<&hg_host::verify_signature>::call(shown, scheme, key, message, signature, valid);
}

// NOLINTNEXTLINE(readability-function-size)
hg_status seenDigest(const hg_host* shown, hg_hash hash, const hg_str* parts, std::uint64_t count,
                     std::uint8_t* out, std::uint64_t capacity, std::uint64_t* size) {
    ++ofThread().usage.digests;
    return Through<&hg_host::digest>::call(shown, hash, parts, count, out, capacity, size);
}

// NOLINTNEXTLINE(readability-function-size)
hg_status seenHmac(const hg_host* shown, hg_hash hash, hg_str key, const hg_str* parts,
                   std::uint64_t count, std::uint8_t* out, std::uint64_t capacity,
                   std::uint64_t* size) {
    const auto status =
        Through<&hg_host::hmac>::call(shown, hash, key, parts, count, out, capacity, size);
    auto& state = ofThread();
    ++state.usage.digests;
    if (status == HG_OK && state.keeps_macs && state.usage.macs.size() < kMacsMax)
        state.usage.macs.push_back({.hash = hash,
                                    .key = {key.data, static_cast<std::size_t>(key.size)},
                                    .message = joined(parts, count),
                                    .mac = {out, out + *size}});
    return status;
}

hg_host seenHost(const hg_host& host) noexcept {
    auto seen = host;
    seen.log = &Through<&hg_host::log>::call;
    seen.now_unix_ms = &Through<&hg_host::now_unix_ms>::call;
    seen.digest = &seenDigest;
    seen.hmac = &seenHmac;
    seen.equal = &seenEqual;
    seen.verify_signature = &seenVerifySignature;
    seen.parse_time = &Through<&hg_host::parse_time>::call;
    seen.extension = &Through<&hg_host::extension>::call;
    if (host.make_signature != nullptr)
        seen.make_signature = &Through<&hg_host::make_signature>::call;
    return seen;
}

hg_call seenCall(const hg_call& call) noexcept {
    auto seen = call;
    seen.alloc = &seenAlloc;
    seen.explain = &Through<&hg_call::explain>::call;
    seen.header = &Through<&hg_call::header>::call;
    seen.json_open = &Through<&hg_call::json_open>::call;
    seen.json_find = &Through<&hg_call::json_find>::call;
    seen.json_child = &Through<&hg_call::json_child>::call;
    seen.decode = &Through<&hg_call::decode>::call;
    seen.encode = &Through<&hg_call::encode>::call;
    seen.form = &Through<&hg_call::form>::call;
    seen.multipart = &Through<&hg_call::multipart>::call;
    return seen;
}

// One call: the thread's usage begins anew, and the plugin gets its own view of the call.
class SeenCall {
public:
    explicit SeenCall(const hg_call* call) : memory_{ofThread().memory} {
        ofThread().usage = {};
        memory_.reset();
        shown_ = show(seenCall(*call), call, kCallBytes, memory_);
    }

    const hg_call* get() const noexcept { return shown_; }

    // A copy of structs that ends at a guard page.
    template <class T>
    const T* guarded(const T* first, std::size_t count = 1) const {
        auto* const room = memory_.room(count * sizeof(T));
        if (count > 0) std::memcpy(room, static_cast<const void*>(first), count * sizeof(T));
        return reinterpret_cast<const T*>(room); // NOLINT(*-reinterpret-cast)
    }

    const hg_request* guarded(const hg_request& request) const {
        auto copy = request;
        copy.headers = guarded(request.headers, request.header_count);
        return guarded(&copy);
    }

private:
    GuardedMemory& memory_;
    const hg_call* shown_ = nullptr;
};

// What a plugin made, with the host it was shown.
struct Instance {
    const hg_provider* plugin = nullptr;
    GuardedMemory memory{};
    void* made = nullptr;

    static const Instance& of(void* instance) noexcept { return *static_cast<Instance*>(instance); }
};

hg_str placed(GuardedMemory& memory, hg_str text) {
    const auto copy = memory.place({text.data, static_cast<std::size_t>(text.size)});
    return {copy.data(), copy.size()};
}

hg_status create(const hg_host* host, const hg_call* call, const hg_settings* settings,
                 void** instance) {
    auto seen = std::make_unique<Instance>();
    seen->plugin = g_tried;
    const bool whole = g_length == TableLength::Whole;
    const auto* const shown =
        show(seenHost(*host), host, whole ? kHostBytes : kHostBytesMin, seen->memory);
    const SeenCall seen_call{call};
    auto copy = *settings;
    auto& memory = ofThread().memory;
    std::vector<hg_secret> secrets;
    for (const auto& secret : std::span{settings->secrets, settings->secret_count})
        secrets.push_back({placed(memory, secret.key_id), placed(memory, secret.bytes)});
    copy.secrets = seen_call.guarded(secrets.data(), secrets.size());
    copy.integration = placed(memory, settings->integration);
    copy.json = placed(memory, settings->json);
    copy.provider = placed(memory, settings->provider);
    const auto status =
        seen->plugin->create(shown, seen_call.get(), seen_call.guarded(&copy), &seen->made);
    if (status == HG_OK && seen->made != nullptr) *instance = seen.release();
    return status;
}

void destroy(void* instance) {
    const std::unique_ptr<Instance> seen{static_cast<Instance*>(instance)};
    seen->plugin->destroy(seen->made);
}

hg_status verify(void* instance, const hg_call* call, const hg_request* request,
                 hg_verdict* verdict) {
    const auto& seen = Instance::of(instance);
    const SeenCall seen_call{call};
    return seen.plugin->verify(seen.made, seen_call.get(), seen_call.guarded(*request), verdict);
}

hg_status normalize(void* instance, const hg_call* call, const hg_request* request,
                    hg_events* events) {
    const auto& seen = Instance::of(instance);
    const SeenCall seen_call{call};
    return seen.plugin->normalize(seen.made, seen_call.get(), seen_call.guarded(*request), events);
}

hg_status format(void* instance, const hg_call* call, const hg_delivery* delivery,
                 hg_outbound* outbound) {
    const auto& seen = Instance::of(instance);
    const SeenCall seen_call{call};
    return seen.plugin->format(seen.made, seen_call.get(), seen_call.guarded(delivery), outbound);
}

hg_status sign(void* instance, const hg_call* call, const hg_request* request, hg_str private_key,
               hg_signed* result) {
    const auto& seen = Instance::of(instance);
    const SeenCall seen_call{call};
    return seen.plugin->sign(seen.made, seen_call.get(), seen_call.guarded(*request), private_key,
                             result);
}

} // namespace

Witness::Witness(const ProviderType& type) : functions_{*type.functions}, type_{type} {
    functions_.create = &create;
    functions_.destroy = &destroy;
    functions_.verify = &verify;
    functions_.normalize = &normalize;
    if (functions_.format != nullptr) functions_.format = &format;
    if (functions_.sign != nullptr) functions_.sign = &sign;
    g_tried = type.functions;
    type_.functions = &functions_;
}

Witness::~Witness() {
    g_tried = nullptr;
}

void Witness::setTableLength(TableLength length) noexcept {
    g_length = length;
}

void Witness::keepMacs(bool keep) noexcept {
    ofThread().keeps_macs = keep;
}

const Usage& Witness::usage() noexcept {
    return ofThread().usage;
}

} // namespace hookgate::plugin::check
