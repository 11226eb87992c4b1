#pragma once

#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/observability/log_line.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace hookgate::observability {

// The log of the process: callers render their line and leave it in a bounded buffer, one thread
// writes what has gathered. A reader that is slow, gone or out of space costs lines, never time:
// what does not fit is dropped and counted, and the count is told once lines get through again.
// Every line is one event, whatever bytes its fields hold. Safe to call from any thread; the
// descriptor and the clock outlive it.
class AsyncLog final : public base::Log {
public:
    struct Options {
        int descriptor = 2;
        LogFormat format = LogFormat::Json;
        base::LogLevel level = base::LogLevel::Information;
        std::size_t buffer_bytes = std::size_t{2} * 1024 * 1024;
    };

    AsyncLog(Options options, const base::Clock& clock);
    ~AsyncLog() override; // writes what is left, for at most a second
    AsyncLog(const AsyncLog&) = delete;
    AsyncLog& operator=(const AsyncLog&) = delete;

    bool enabled(base::LogLevel level) const noexcept override;
    void write(base::LogLevel level, std::string_view event,
               base::LogFields fields) noexcept override;
    std::uint64_t dropped() const noexcept override;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace hookgate::observability
