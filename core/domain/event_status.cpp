#include "core/domain/event_status.hpp"

#include <array>

namespace hookgate::domain {
namespace {

constexpr std::array<std::string_view, 5> kNames{"pending", "processing", "processed", "retrying",
                                                 "failed"};

} // namespace

std::string_view nameOf(EventStatus status) noexcept {
    return kNames[static_cast<std::size_t>(status)];
}

std::optional<EventStatus> parseEventStatus(std::string_view name) noexcept {
    for (std::size_t i = 0; i < kNames.size(); ++i)
        if (kNames[i] == name) return static_cast<EventStatus>(i);
    return std::nullopt;
}

} // namespace hookgate::domain
