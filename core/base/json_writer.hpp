#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hookgate::base {

// Appends `text` as a JSON string with its quotes (RFC 8259). What is no UTF-8 becomes U+FFFD, and
// U+2028, U+2029 and DEL are escaped too, so that the result is one line in any reader.
void appendJsonString(std::string& out, std::string_view text);

// Writes JSON front to back into a string of its own: commas and quotes are put where they belong,
// nesting is the caller's to close. Values that are JSON already go in byte for byte with raw().
// Not thread-safe.
class JsonWriter {
public:
    JsonWriter& beginObject();
    JsonWriter& endObject();
    JsonWriter& beginArray();
    JsonWriter& endArray();

    // The key of the next value of an object. REQUIRES: inside an object.
    JsonWriter& key(std::string_view name);

    JsonWriter& string(std::string_view value);
    JsonWriter& integer(std::int64_t value);
    JsonWriter& boolean(bool value);
    JsonWriter& null();
    // REQUIRES: `json` is one valid JSON value.
    JsonWriter& raw(std::string_view json);
    // null when empty.
    JsonWriter& stringOrNull(std::string_view value);

    // What was written so far; moves it out of a writer that is not used again.
    std::string take() && { return std::move(out_); }

    const std::string& text() const noexcept { return out_; }

private:
    void separate();

    std::string out_;
    bool needs_comma_ = false;
};

} // namespace hookgate::base
