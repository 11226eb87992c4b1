#include "core/cli/plugin_template.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

namespace hookgate::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNameBytesMax = 63;
// Targets that CMake has already.
constexpr std::array<std::string_view, 8> kTaken{"all",  "clean",   "depend",  "edit_cache",
                                                 "help", "install", "package", "test"};

bool isLowerOrDigit(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// The name's words, each with a capital.
std::string capitalised(std::string_view name, std::string_view separator) {
    std::string text;
    bool at_word = true;
    for (const char c : name) {
        if (!isLowerOrDigit(c)) {
            at_word = true;
            continue;
        }
        if (at_word && !text.empty()) text += separator;
        text += at_word && c >= 'a' ? static_cast<char>(c & ~0x20) : c;
        at_word = false;
    }
    return text;
}

using Replacements = std::vector<std::pair<std::string_view, std::string>>;

// In one pass: what was put in is not looked at again.
std::string replaced(std::string_view text, const Replacements& replacements) {
    std::string result;
    while (!text.empty()) {
        const auto found = std::find_if(
            replacements.begin(), replacements.end(),
            [&](const auto& replacement) { return text.starts_with(replacement.first); });
        if (found == replacements.end()) {
            result += text.front();
            text.remove_prefix(1);
        } else {
            result += found->second;
            text.remove_prefix(found->first.size());
        }
    }
    return result;
}

std::string contentOf(const fs::path& file) {
    std::ifstream in{file, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
    if (!in) throw std::runtime_error{file.string() + " cannot be read"};
    return text;
}

void write(const fs::path& file, std::string_view text) {
    fs::create_directories(file.parent_path());
    std::ofstream out{file, std::ios::binary};
    out << text;
    out.close();
    if (!out) throw std::runtime_error{file.string() + " cannot be written"};
}

// Why nothing may be written there; empty: it may.
std::string directoryProblem(const fs::path& directory) {
    if (!fs::exists(fs::symlink_status(directory))) return {};
    if (!fs::is_directory(directory)) return directory.string() + " is no directory";
    if (!fs::is_empty(directory))
        return directory.string() + " is not empty; choose another one with --directory";
    return {};
}

std::string licenseProblem(const PluginTemplate& source) {
    std::vector<std::string> known{"none"};
    for (const auto& entry : fs::directory_iterator{source.licenses})
        known.push_back(entry.path().filename().string());
    if (std::find(known.begin(), known.end(), source.license) != known.end()) return {};
    std::sort(known.begin(), known.end());
    std::string choice;
    for (const auto& license : known)
        choice += (choice.empty() ? "" : ", ") + license;
    return "there is no license '" + source.license + "'; choose one of " + choice;
}

} // namespace

std::string nameProblem(std::string_view name) {
    const bool valid =
        !name.empty() && name.size() <= kNameBytesMax && isLowerOrDigit(name.front()) &&
        std::all_of(name.begin(), name.end(),
                    [](char c) { return isLowerOrDigit(c) || c == '_' || c == '-'; });
    if (!valid)
        return "a NAME has at most 63 of a-z, 0-9, _ and -, and begins with a letter or a digit";
    if (std::find(kTaken.begin(), kTaken.end(), name) != kTaken.end())
        return "'" + std::string{name} + "' is taken by CMake; choose another NAME";
    return {};
}

std::string classNameOf(std::string_view name) {
    const auto text = capitalised(name, {});
    return text.front() >= '0' && text.front() <= '9' ? "Provider" + text : text;
}

std::string titleOf(std::string_view name) {
    return capitalised(name, " ");
}

std::string headerWordOf(std::string_view name) {
    std::string text{name};
    std::replace(text.begin(), text.end(), '_', '-');
    return text;
}

std::string makePlugin(const PluginTemplate& source, std::string_view name,
                       const fs::path& directory) {
    const Replacements replacements{{"your_provider", std::string{name}},
                                    {"YourProvider", classNameOf(name)},
                                    {"your-provider", headerWordOf(name)},
                                    {"Your Provider", titleOf(name)},
                                    {"@prefix@", source.prefix.string()}};
    try {
        if (!fs::is_directory(source.files))
            return "no template at " + source.files.string() +
                   "; install all of hookgate, or name one with --template";
        if (auto problem = directoryProblem(directory); !problem.empty()) return problem;
        if (auto problem = licenseProblem(source); !problem.empty()) return problem;
        for (const auto& entry : fs::recursive_directory_iterator{source.files})
            if (entry.is_regular_file())
                write(directory / fs::relative(entry.path(), source.files),
                      replaced(contentOf(entry.path()), replacements));
        if (source.license != "none")
            write(directory / "LICENSE",
                  replaced(contentOf(source.licenses / source.license), replacements));
    } catch (const std::exception& error) {
        return error.what();
    }
    return {};
}

} // namespace hookgate::cli
