#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <variant>

namespace hookgate::base {

// Poco's level names, most severe first.
enum class LogLevel { Fatal = 1, Critical, Error, Warning, Notice, Information, Debug, Trace };

// One key and its value. Views must live until write() returns, no longer.
struct LogField {
    std::string_view key;
    std::variant<std::string_view, std::int64_t, bool> value;

    LogField(std::string_view name, std::string_view text) : key{name}, value{text} {}

    LogField(std::string_view name, const char* text) : key{name}, value{std::string_view{text}} {}

    LogField(std::string_view name, bool flag) : key{name}, value{flag} {}

    template <std::integral T>
    LogField(std::string_view name, T number)
        : key{name},
          value{static_cast<std::int64_t>(number)} {}
};

using LogFields = std::initializer_list<LogField>;

// Where log lines go. An event is a short fixed sentence ("webhook rejected"); everything variable
// is a field, and the sink escapes it. Never pass a secret, a body or a signature. Safe to call
// from any thread; never throws and never blocks on I/O.
class Log {
public:
    virtual ~Log() = default;
    virtual bool enabled(LogLevel level) const noexcept = 0;
    virtual void write(LogLevel level, std::string_view event, LogFields fields) noexcept = 0;

    // Lines that were lost because the sink could not keep up, since the start.
    virtual std::uint64_t dropped() const noexcept { return 0; }

    void error(std::string_view event, LogFields fields = {}) noexcept {
        at(LogLevel::Error, event, fields);
    }

    void warning(std::string_view event, LogFields fields = {}) noexcept {
        at(LogLevel::Warning, event, fields);
    }

    void information(std::string_view event, LogFields fields = {}) noexcept {
        at(LogLevel::Information, event, fields);
    }

    void debug(std::string_view event, LogFields fields = {}) noexcept {
        at(LogLevel::Debug, event, fields);
    }

private:
    void at(LogLevel level, std::string_view event, LogFields fields) noexcept {
        if (enabled(level)) write(level, event, fields);
    }
};

} // namespace hookgate::base
