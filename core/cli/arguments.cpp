#include "core/cli/arguments.hpp"

#include <algorithm>
#include <utility>

namespace hookgate::cli {
namespace {

class Parser {
public:
    Parser(std::span<const std::string_view> arguments, const Accepted& accepted)
        : rest_{arguments},
          accepted_{accepted} {}

    base::Result<Arguments, std::string> parse() {
        while (!rest_.empty()) {
            const auto problem = take(next());
            if (parsed_.help) return std::move(parsed_);
            if (!problem.empty()) return base::Error{problem};
        }
        return std::move(parsed_);
    }

private:
    std::string_view next() {
        const auto argument = rest_.front();
        rest_ = rest_.subspan(1);
        return argument;
    }

    std::string take(std::string_view argument) {
        if (operands_only_ || argument.size() < 2 || argument.front() != '-')
            return takeOperand(argument);
        if (argument == "--") {
            operands_only_ = true;
            return {};
        }
        if (argument == "--help" || argument == "-h") {
            parsed_.help = true;
            return {};
        }
        return takeOption(argument);
    }

    std::string takeOperand(std::string_view argument) {
        if (parsed_.operands.size() >= accepted_.operands_max)
            return "unexpected argument \"" + std::string{argument} + "\"";
        parsed_.operands.emplace_back(argument);
        return {};
    }

    std::string takeOption(std::string_view argument) {
        const auto equals = argument.find('=');
        const std::string name{argument.substr(0, equals)};
        if (std::ranges::find(accepted_.flags, name) != accepted_.flags.end())
            return takeFlag(name, equals != std::string_view::npos);
        const bool repeats =
            std::ranges::find(accepted_.repeated, name) != accepted_.repeated.end();
        if (!repeats && std::ranges::find(accepted_.options, name) == accepted_.options.end())
            return "unknown option " + name;
        if (equals == std::string_view::npos && rest_.empty()) return name + " needs a value";
        const auto value = equals == std::string_view::npos ? next() : argument.substr(equals + 1);
        if (value.empty()) return name + " needs a value";
        if (repeats)
            parsed_.repeated[name].emplace_back(value);
        else if (!parsed_.options.emplace(name, value).second)
            return name + " is given twice";
        return {};
    }

    std::string takeFlag(const std::string& name, bool has_value) {
        if (has_value) return name + " takes no value";
        if (!parsed_.flags.insert(name).second) return name + " is given twice";
        return {};
    }

    std::span<const std::string_view> rest_;
    const Accepted& accepted_;
    Arguments parsed_;
    bool operands_only_ = false;
};

} // namespace

std::string Arguments::option(std::string_view name) const {
    const auto found = options.find(name);
    return found == options.end() ? std::string{} : found->second;
}

std::vector<std::string> Arguments::values(std::string_view name) const {
    const auto found = repeated.find(name);
    return found == repeated.end() ? std::vector<std::string>{} : found->second;
}

base::Result<Arguments, std::string> parseArguments(std::span<const std::string_view> arguments,
                                                    const Accepted& accepted) {
    return Parser{arguments, accepted}.parse();
}

} // namespace hookgate::cli
