#pragma once

#include "core/base/log.hpp"

namespace hookgate::testing_support {

// For what a test does not look at.
class SilentLog final : public base::Log {
public:
    bool enabled(base::LogLevel) const noexcept override { return false; }

    void write(base::LogLevel, std::string_view, base::LogFields) noexcept override {}
};

} // namespace hookgate::testing_support
