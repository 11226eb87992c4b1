#pragma once

#include "core/base/log.hpp"

namespace hookgate::cli {

// For commands whose answer says all there is to say.
class SilentLog final : public base::Log {
public:
    bool enabled(base::LogLevel) const noexcept override { return false; }

    void write(base::LogLevel, std::string_view, base::LogFields) noexcept override {}
};

} // namespace hookgate::cli
