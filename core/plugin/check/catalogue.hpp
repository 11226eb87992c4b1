#pragma once

#include <span>
#include <string_view>

namespace hookgate::plugin::check {

enum class Level { Warning, Error };

// One thing that a check can find. Ids are stable: scripts and waivers name them.
struct CheckInfo {
    std::string_view id; // "verify.body-byte": the group, a point, what is wrong
    Level level = Level::Error;
    std::string_view text; // one sentence of what is found
};

// All of them, group by group in the order in which they run.
std::span<const CheckInfo> catalogue() noexcept;

// Null: there is no such check.
const CheckInfo* checkNamed(std::string_view id) noexcept;

// Error for what is not in the catalogue.
Level levelOf(std::string_view id) noexcept;

constexpr std::string_view groupOf(std::string_view id) noexcept {
    return id.substr(0, id.find('.'));
}

std::string_view nameOf(Level level) noexcept;

} // namespace hookgate::plugin::check
