#include "core/base/uuid.hpp"

#include "core/base/crypto.hpp"
#include "core/base/hex.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace hookgate::base {
namespace {

// The last ordinal handed out, for all generators of the process.
std::atomic<std::int64_t> last_ordinal{0};

constexpr std::array<std::size_t, 4> kDashes{8, 13, 18, 23};

// Random bytes are fetched in blocks: one getrandom a hundred ids instead of one each.
void fillRandom(std::uint8_t* out) noexcept {
    thread_local std::array<std::uint8_t, 1024> pool;
    thread_local std::size_t used = pool.size();
    if (used + 8 > pool.size()) {
        randomBytes(pool);
        used = 0;
    }
    std::memcpy(out, pool.data() + used, 8);
    used += 8;
}

} // namespace

std::string Uuid::text() const {
    const auto digits = toHex(bytes);
    std::string out;
    out.reserve(36);
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i == 8 || i == 12 || i == 16 || i == 20) out.push_back('-');
        out.push_back(digits[i]);
    }
    return out;
}

std::optional<Uuid> Uuid::parse(std::string_view text) noexcept {
    if (text.size() != 36) return std::nullopt;
    Uuid id;
    std::size_t digit = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (std::find(kDashes.begin(), kDashes.end(), i) != kDashes.end()) {
            if (text[i] != '-') return std::nullopt;
            continue;
        }
        const auto value = hexDigit(text[i]);
        if (value < 0) return std::nullopt;
        auto& byte = id.bytes[digit / 2];
        byte = static_cast<std::uint8_t>(byte << 4 | value);
        ++digit;
    }
    return id;
}

Uuid Uuid::derived(std::string_view name) noexcept {
    const auto digest = sha256(name);
    Uuid id;
    std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x80);
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
    return id;
}

Uuid UuidGenerator::next() noexcept {
    const auto now = clock_.unixMs() << 12;
    auto previous = last_ordinal.load(std::memory_order_relaxed);
    std::int64_t ordinal = 0;
    do {
        ordinal = std::max(now, previous + 1);
    } while (!last_ordinal.compare_exchange_weak(previous, ordinal, std::memory_order_relaxed));

    Uuid id;
    const auto ms = static_cast<std::uint64_t>(ordinal) >> 12;
    for (std::size_t i = 0; i < 6; ++i)
        id.bytes[i] = static_cast<std::uint8_t>(ms >> (8 * (5 - i)));
    id.bytes[6] = static_cast<std::uint8_t>(0x70 | ((ordinal >> 8) & 0x0f));
    id.bytes[7] = static_cast<std::uint8_t>(ordinal & 0xff);
    fillRandom(id.bytes.data() + 8);
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
    return id;
}

// All generators of a process share the order, but only who has one is entitled to move it.
// NOLINTNEXTLINE(readability-convert-member-functions-to-static)
void UuidGenerator::startAbove(std::int64_t ordinal) noexcept {
    auto previous = last_ordinal.load(std::memory_order_relaxed);
    while (previous < ordinal &&
           !last_ordinal.compare_exchange_weak(previous, ordinal, std::memory_order_relaxed)) {}
}

std::int64_t UuidGenerator::ordinal(const Uuid& id) noexcept {
    std::int64_t ordinal = 0;
    for (std::size_t i = 0; i < 6; ++i)
        ordinal = ordinal << 8 | id.bytes[i];
    return ordinal << 12 | (id.bytes[6] & 0x0f) << 8 | id.bytes[7];
}

} // namespace hookgate::base

std::size_t std::hash<hookgate::base::Uuid>::operator()(
    const hookgate::base::Uuid& id) const noexcept {
    std::uint64_t low = 0;
    std::memcpy(&low, id.bytes.data() + 8, sizeof low);
    return low;
}
