#pragma once

#include "core/config/settings.hpp"

#include <span>
#include <string>
#include <string_view>

namespace hookgate::config {

// How a value may be shown and logged.
enum class Secrecy { Open, Secret, Url };

// One key of the configuration: how it is called, and how its text becomes a setting.
struct Key {
    std::string_view name;
    Secrecy secrecy = Secrecy::Open;
    // Sets its field; returns what is wrong with the text, or nothing. The text is never empty.
    std::string (*apply)(Settings& settings, std::string_view text) = nullptr;
    // The text that stands for the setting as it is.
    std::string (*show)(const Settings& settings) = nullptr;
};

// Every key, in the order of the documentation.
std::span<const Key> keys() noexcept;

const Key* findKey(std::string_view name) noexcept;

// <PROVIDER>_WEBHOOK_SECRET and <PROVIDER>_CALLBACK_URL: what the integrations file refers to.
bool isReferenceKey(std::string_view name) noexcept;

// The text as a message may show it.
std::string shown(const Key& key, std::string_view text);

} // namespace hookgate::config
