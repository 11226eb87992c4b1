#include "core/http/reply_writer.hpp"

#include "core/base/text.hpp"
#include "core/http/characters.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace hookgate::http {
namespace {

constexpr std::array<std::string_view, 5> kOurs{"content-length", "transfer-encoding", "connection",
                                                "date", "content-type"};
constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string_view phraseOf(int status) noexcept {
    switch (status) {
        case 200:
            return "OK";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 503:
            return "Service Unavailable";
        default:
            return "Status";
    }
}

// What says where the response ends, and when it was made, is written here alone.
bool isOurs(std::string_view name) noexcept {
    return std::any_of(kOurs.begin(), kOurs.end(),
                       [name](auto ours) { return base::equalIgnoringCase(name, ours); });
}

void appendHeader(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

} // namespace

void appendResponse(std::string& out, const Reply& reply, std::string_view date, bool keep_alive,
                    bool head_only) {
    const int status = reply.status >= 200 && reply.status <= 599 ? reply.status : 500;
    const bool has_body = status != 204 && status != 304;
    out.append("HTTP/1.1 ")
        .append(std::to_string(status))
        .append(" ")
        .append(phraseOf(status))
        .append("\r\n");
    appendHeader(out, "Date", date);
    if (has_body) {
        if (!reply.body.empty() && isFieldValue(reply.content_type))
            appendHeader(out, "Content-Type", reply.content_type);
        appendHeader(out, "Content-Length", std::to_string(reply.body.size()));
    }
    for (const auto& [name, value] : reply.headers)
        if (isToken(name) && !isOurs(name) && isFieldValue(value)) appendHeader(out, name, value);
    if (!keep_alive) appendHeader(out, "Connection", "close");
    out.append("\r\n");
    if (has_body && !head_only) out.append(reply.body);
}

std::string httpDate(base::UnixMs time) {
    const std::time_t seconds = time / 1000;
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    std::array<char, 40> text{};
    const auto length =
        std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                      kDays[static_cast<std::size_t>(utc.tm_wday)].data(), utc.tm_mday,
                      kMonths[static_cast<std::size_t>(utc.tm_mon)].data(), utc.tm_year + 1900,
                      utc.tm_hour, utc.tm_min, utc.tm_sec);
    return {text.data(), static_cast<std::size_t>(length)};
}

} // namespace hookgate::http
