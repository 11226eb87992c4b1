#include "core/cli/run.hpp"

#include <iostream>
#include <string_view>
#include <vector>

int main(int argc, char** argv) {
    const std::vector<std::string_view> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    return hookgate::cli::run(arguments, {std::cout, std::cerr, "/proc/self/exe"});
}
