#pragma once

#include "core/base/log.hpp"

namespace hookgate::base {

// For whoever has no log: nothing is kept.
class SilentLog final : public Log {
public:
    bool enabled(LogLevel) const noexcept override { return false; }

    void write(LogLevel, std::string_view, LogFields) noexcept override {}
};

} // namespace hookgate::base
