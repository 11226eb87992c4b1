#pragma once

#include "core/base/clock.hpp"
#include "core/base/log.hpp"

#include <string>
#include <string_view>

namespace hookgate::observability {

enum class LogFormat { Text, Json };

// One event as it is written.
struct LogLine {
    base::UnixMs time = 0;
    base::LogLevel level = base::LogLevel::Information;
    std::string_view event;
    base::LogFields fields;
};

// Longer texts are cut: a line has to stay a line.
inline constexpr std::size_t kLogTextBytesMax = 2048;

// Poco's word for the level, "information".
std::string_view nameOf(base::LogLevel level) noexcept;

// Appends the line with its newline. Whatever the fields hold, it is one line of valid UTF-8
// without control characters, so that neither a log reader nor a terminal can be deceived.
void appendLogLine(std::string& out, LogFormat format, const LogLine& line);

} // namespace hookgate::observability
