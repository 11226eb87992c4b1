#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::cli {

// What a command takes.
struct Accepted {
    std::span<const std::string_view> options; // each with a value: "--role"
    std::size_t operands_max = 0;
};

// The command line behind the command's name: `--name VALUE` or `--name=VALUE`, each at most once,
// anywhere; everything after `--` is an operand. `--help` and `-h` go before all else.
struct Arguments {
    std::map<std::string, std::string, std::less<>> options;
    std::vector<std::string> operands;
    bool help = false;

    // Empty when the option was not given.
    std::string option(std::string_view name) const;
};

// The error is a sentence for the operator.
base::Result<Arguments, std::string> parseArguments(std::span<const std::string_view> arguments,
                                                    const Accepted& accepted);

} // namespace hookgate::cli
