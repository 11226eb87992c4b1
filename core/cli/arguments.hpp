#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::cli {

// What a command takes.
struct Accepted {
    std::span<const std::string_view> options{}; // each with a value: "--role"
    std::size_t operands_max = 0;
    std::span<const std::string_view> flags{};    // without one: "--dry-run"
    std::span<const std::string_view> repeated{}; // with a value, and any number of times: "--set"
};

// The command line behind the command's name: `--name VALUE` or `--name=VALUE`, flags as `--name`,
// each at most once unless it repeats, anywhere; everything after `--` is an operand. `--help` and
// `-h` go before all else.
struct Arguments {
    std::map<std::string, std::string, std::less<>> options;
    std::set<std::string, std::less<>> flags;
    std::map<std::string, std::vector<std::string>, std::less<>> repeated;
    std::vector<std::string> operands;
    bool help = false;

    // Empty when the option was not given.
    std::string option(std::string_view name) const;

    // Of an option that repeats, in order.
    std::vector<std::string> values(std::string_view name) const;

    bool flag(std::string_view name) const { return flags.find(name) != flags.end(); }
};

// The error is a sentence for the operator.
base::Result<Arguments, std::string> parseArguments(std::span<const std::string_view> arguments,
                                                    const Accepted& accepted);

} // namespace hookgate::cli
