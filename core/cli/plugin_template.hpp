#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace hookgate::cli {

// What a new plugin's repository is made from.
struct PluginTemplate {
    std::filesystem::path files;    // a plugin named your_provider that builds as it is
    std::filesystem::path licenses; // one file a license
    std::string license;            // a file of `licenses`, or "none"
    std::filesystem::path prefix;   // the SDK that it is told to build against
};

// Why a provider cannot have this name; empty: it can.
std::string nameProblem(std::string_view name);

// The names that stand for a provider's own in each kind of text: "north_pay" is NorthPay as a
// class, "North Pay" to people and "north-pay" in a header.
std::string classNameOf(std::string_view name);
std::string titleOf(std::string_view name);
std::string headerWordOf(std::string_view name);

// Copies the template to a directory that is absent or empty, under the provider's name. What went
// wrong, or empty; then nothing, or not all, was written. REQUIRES: nameProblem(name) is empty.
std::string makePlugin(const PluginTemplate& source, std::string_view name,
                       const std::filesystem::path& directory);

} // namespace hookgate::cli
