#include "core/coordination/redis/marker_value.hpp"

#include "core/base/crypto.hpp"

#include <algorithm>

namespace hookgate::coordination::redis {
namespace {

constexpr char kFormat = 1;
constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kChecksumBytes = 8;
constexpr std::size_t kContentBytes = 1 + kIdBytes + kDigestBytes + kIdBytes;

std::string checksum(std::string_view key, std::string_view content) {
    const auto digest = base::sha256(std::string{key}.append(content));
    return {digest.begin(), digest.begin() + kChecksumBytes};
}

void append(std::string& out, const base::Uuid& id) {
    out.append(id.bytes.begin(), id.bytes.end());
}

base::Uuid readId(std::string_view bytes) {
    base::Uuid id;
    std::copy_n(bytes.begin(), kIdBytes, id.bytes.begin());
    return id;
}

} // namespace

std::string encodeMarker(std::string_view key, const Marker& marker) {
    std::string value(1, kFormat);
    append(value, marker.event_id);
    value.append(marker.body_sha256);
    append(value, marker.incarnation);
    return value.append(checksum(key, value));
}

std::optional<Marker> decodeMarker(std::string_view key, std::string_view value) {
    if (value.size() != kContentBytes + kChecksumBytes || value.front() != kFormat)
        return std::nullopt;
    const auto content = value.substr(0, kContentBytes);
    if (checksum(key, content) != value.substr(kContentBytes)) return std::nullopt;
    Marker marker;
    marker.event_id = readId(content.substr(1));
    marker.body_sha256 = content.substr(1 + kIdBytes, kDigestBytes);
    marker.incarnation = readId(content.substr(1 + kIdBytes + kDigestBytes));
    return marker;
}

} // namespace hookgate::coordination::redis
