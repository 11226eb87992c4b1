#pragma once

#include "core/domain/records.hpp"

#include <optional>
#include <string_view>

namespace hookgate::domain {

// "pending", "processing", "processed", "retrying", "failed": the words of the API and of metrics.
std::string_view nameOf(EventStatus status) noexcept;
std::optional<EventStatus> parseEventStatus(std::string_view name) noexcept;

} // namespace hookgate::domain
