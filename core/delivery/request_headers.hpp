#pragma once

#include "core/base/clock.hpp"
#include "core/base/uuid.hpp"
#include "core/plugin/provider.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <curl/curl.h>

namespace hookgate::delivery {

struct HeaderValues {
    std::string_view provider = {};
    base::Uuid event_id = {};
    std::string_view correlation_id = {};
    std::int32_t attempt_no = 1;
    base::UnixMs sent_at = 0;
    bool test = false;                           // tells the callback that the event is no business
    const plugin::Outbound* formatted = nullptr; // null: the normalized payload goes as it is
};

// A valid W3C traceparent: one trace for each correlation id, one span for each attempt.
std::string traceparent(std::string_view correlation_id, const base::Uuid& event_id,
                        std::int32_t attempt_no);

// Whether a plugin may send this header: a token as name, a value without control bytes, and
// nothing that frames the message, names its destination, authenticates, or is the gateway's own.
bool mayBeSent(std::string_view name, std::string_view value) noexcept;

// The header lines of one send in the form libcurl takes, in memory that is used again for the next
// one. Not thread-safe.
class RequestHeaders {
public:
    // Valid until the next call and as long as this object stays where it is. Of the plugin's
    // headers the first kPluginHeadersMax that may be sent go out.
    curl_slist* build(const HeaderValues& values);

    static constexpr std::size_t kPluginHeadersMax = 32;
    static constexpr std::size_t kPluginHeaderBytesMax = 8192;

private:
    void line(std::string_view name, std::string_view value);
    void pluginLines(const plugin::Outbound& outbound);

    std::string text_; // NUL-terminated lines, one after the other
    std::vector<std::size_t> starts_;
    std::vector<curl_slist> nodes_;
};

} // namespace hookgate::delivery
