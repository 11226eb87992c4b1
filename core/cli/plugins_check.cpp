#include "core/base/crypto.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/exit_codes.hpp"
#include "core/cli/usage.hpp"
#include "core/plugin/check/catalogue.hpp"
#include "core/plugin/check/check.hpp"
#include "core/plugin/check/report.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iostream>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

namespace hookgate::cli {
namespace {

using plugin::check::CheckNames;
using plugin::check::CheckOptions;
using plugin::check::CheckReport;

// A check by its id or a group of them.
bool isKnown(std::string_view name) {
    const auto all = plugin::check::catalogue();
    return std::any_of(all.begin(), all.end(), [&](const plugin::check::CheckInfo& check) {
        return check.id == name || plugin::check::groupOf(check.id) == name;
    });
}

// Adds names that are separated by commas; the error names one that nothing has.
base::Result<bool, std::string> addNames(CheckNames& names, std::string_view list) {
    while (!list.empty()) {
        const auto name = list.substr(0, list.find(','));
        if (!isKnown(name))
            return base::Error{"there is no check '" + std::string{name} +
                               "'; --list names them all"};
        names.emplace(name);
        list.remove_prefix(std::min(list.size(), name.size() + 1));
    }
    return true;
}

// A file of waivers: a name in each line; what follows a # says why.
base::Result<bool, std::string> addFile(CheckNames& names, const std::string& path) {
    std::ifstream in{path};
    if (!in) return base::Error{"the waivers cannot be read: " + path};
    std::string line;
    while (std::getline(in, line)) {
        line.erase(std::min(line.find('#'), line.size()));
        line.erase(0, line.find_first_not_of(" \t"));
        line.erase(line.find_last_not_of(" \t\r") + 1);
        if (auto added = addNames(names, line); !added) return added;
    }
    return true;
}

// A whole number, in decimal or behind 0x in hexadecimal digits.
std::optional<std::uint64_t> numberFrom(std::string_view text) {
    const bool hexadecimal = text.starts_with("0x");
    if (hexadecimal) text.remove_prefix(2);
    std::uint64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number, hexadecimal ? 16 : 10);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
    return number;
}

// The options of the random cases; the error is a sentence for the operator.
base::Result<bool, std::string> addFuzz(CheckOptions& options, const Arguments& arguments) {
    constexpr std::uint64_t kSecondsMax = 86'400;
    const auto number = [&](const char* name) { return numberFrom(arguments.option(name)); };
    if (const auto text = arguments.option("--fuzz"); !text.empty()) {
        const auto seconds = number("--fuzz");
        if (!seconds || *seconds == 0 || *seconds > kSecondsMax)
            return base::Error{std::string{"--fuzz takes seconds, 1 to 86400"}};
        options.fuzz_time = std::chrono::seconds{*seconds};
        std::array<std::uint8_t, sizeof(options.seed)> random{};
        base::randomBytes(random);
        std::memcpy(&options.seed, random.data(), random.size());
    }
    if (const auto text = arguments.option("--seed"); !text.empty()) {
        const auto seed = number("--seed");
        if (!seed) return base::Error{std::string{"--seed takes a number"}};
        options.seed = *seed;
    }
    if (const auto text = arguments.option("--reproduce"); !text.empty()) {
        options.reproduce = number("--reproduce");
        if (!options.reproduce)
            return base::Error{std::string{"--reproduce takes the number of a case, 0x..."}};
        options.only = {"fuzz"};
    }
    return true;
}

// Tells on a terminal what is going on, and only there.
void showProgress(CheckOptions& options, const Terminal& terminal) {
    if (terminal.err.rdbuf() != std::cerr.rdbuf() || ::isatty(STDERR_FILENO) == 0) return;
    options.progress = [&err = terminal.err, last = std::chrono::steady_clock::time_point{}](
                           std::string_view what) mutable {
        constexpr std::chrono::milliseconds kPause{100};
        constexpr std::size_t kWidth = 76;
        const auto now = std::chrono::steady_clock::now();
        if (now - last < kPause) return;
        last = now;
        std::string line{what.substr(0, kWidth)};
        std::replace_if(
            line.begin(), line.end(), [](char c) { return c < ' ' || c == '\x7f'; }, '?');
        err << '\r' << line << "\x1b[K" << std::flush;
    };
}

base::Result<CheckOptions, std::string> optionsFrom(const Arguments& arguments) {
    CheckOptions options{.vectors = arguments.option("--vectors"),
                         .in_process = arguments.flag("--in-process")};
    for (const auto& added : {addNames(options.waived, arguments.option("--waive")),
                              addNames(options.only, arguments.option("--only")),
                              arguments.option("--waivers").empty()
                                  ? base::Result<bool, std::string>{true}
                                  : addFile(options.waived, arguments.option("--waivers"))})
        if (!added) return base::Error{added.error()};
    if (auto added = addFuzz(options, arguments); !added) return base::Error{added.error()};
    return options;
}

bool print(const std::string& format, const std::vector<CheckReport>& reports, std::ostream& out) {
    if (format.empty() || format == "text")
        printText(reports, out);
    else if (format == "json")
        printJson(reports, out);
    else if (format == "junit")
        printJunit(reports, out);
    else
        return false;
    return true;
}

int runCheck(const Arguments& arguments, const Terminal& terminal) {
    if (arguments.flag("--list")) {
        plugin::check::printCatalogue(terminal.out);
        return kSuccess;
    }
    const auto format = arguments.option("--format");
    if (!format.empty() && format != "text" && format != "json" && format != "junit")
        return refuseUsage(kPluginsCheck, "--format takes text, json or junit", terminal);
    if (arguments.operands.empty())
        return refuseUsage(kPluginsCheck, "check which FILE?", terminal);
    auto options = optionsFrom(arguments);
    if (!options) return refuseUsage(kPluginsCheck, options.error(), terminal);
    showProgress(*options, terminal);
    std::vector<CheckReport> reports;
    for (const auto& file : arguments.operands) {
        options->file = file;
        reports.push_back(plugin::check::checkPlugin(*options));
    }
    if (options->progress) terminal.err << "\r\x1b[K" << std::flush;
    print(format, reports, terminal.out);
    const bool passed = std::all_of(reports.begin(), reports.end(),
                                    [](const CheckReport& report) { return report.passed(); });
    return passed ? kSuccess : kFailure;
}

constexpr std::array<std::string_view, 8> kOptions{
    "--vectors", "--waive", "--waivers", "--only", "--format", "--fuzz", "--seed", "--reproduce"};
constexpr std::array<std::string_view, 2> kFlags{"--list", "--in-process"};

} // namespace

const Command kPluginsCheck{
    "plugins check",
    "plugins check FILE... [--vectors PATH] [--format text|json|junit] [--waive ID,...]\n"
    "  [--waivers FILE] [--only ID,...] [--fuzz SECONDS] [--seed N] [--reproduce CASE] "
    "[--in-process]\n"
    "hookgate plugins check --list",
    "puts plugin files to the test",
    "Looks at each file, then loads it in processes of its own, plays its vectors and everything "
    "made from\n"
    "them that has to be refused or answered. Exits with 1 when an error is found; warnings do "
    "not count.\n\n"
    "  --vectors PATH   a JSON file or a directory of them, in the place of those in the plugin\n"
    "  --format FORMAT  text, json or junit (for CI servers)\n"
    "  --waive ID,...   what these checks or groups of checks find does not count\n"
    "  --waivers FILE   the same from a file, a name in each line; # begins a comment\n"
    "  --only ID,...    these checks or groups of checks alone\n"
    "  --fuzz SECONDS   random changes for so long, from a seed that is told\n"
    "  --seed N         the seed instead, for the same cases in the same order\n"
    "  --reproduce CASE one random case alone, by the number that was told with what it found\n"
    "  --in-process     without processes of its own, for a debugger; a crash is a crash\n"
    "  --list           what there is to find, and how bad it is",
    {.options = kOptions, .operands_max = std::numeric_limits<std::size_t>::max(), .flags = kFlags},
    runCheck};

} // namespace hookgate::cli
