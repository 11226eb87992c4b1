#pragma once

#include <hookgate/provider_abi.h>

#include <cstddef>
#include <optional>
#include <string_view>

namespace hookgate::plugin {

// The encodings of hg_call.decode and hg_call.encode. Stateless.

// Room that is enough for the result; nullopt: unknown encoding.
std::optional<std::size_t> decodedBytesMax(hg_encoding encoding, std::size_t text_bytes) noexcept;
std::optional<std::size_t> encodedBytes(hg_encoding encoding, std::size_t bytes) noexcept;

// Writes to `out`; the number of bytes, or nullopt when the text is no encoding of any.
std::optional<std::size_t> decodeInto(hg_encoding encoding, std::string_view text,
                                      char* out) noexcept;
void encodeInto(hg_encoding encoding, std::string_view bytes, char* out) noexcept;

} // namespace hookgate::plugin
