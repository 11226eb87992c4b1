#include "core/plugin/isolation/host.hpp"

#include <charconv>
#include <cstdio>
#include <exception>
#include <span>
#include <string_view>

#include <unistd.h>

// The process of an isolated plugin; the gateway starts it.
int main(int argc, char** argv) {
    const std::span arguments(argv, static_cast<std::size_t>(argc));
    std::size_t memory_bytes_max = 0;
    if (arguments.size() == 3) {
        const std::string_view text{arguments[2]};
        std::from_chars(text.data(), text.data() + text.size(), memory_bytes_max);
    }
    if (memory_bytes_max == 0) {
        static_cast<void>(
            std::fputs("hookgate-plugin-host runs one isolated plugin; the gateway starts it "
                       "(PLUGIN_ISOLATION)\n",
                       stderr));
        return 64;
    }
    int code = 1;
    try {
        code = hookgate::plugin::isolation::runHost(arguments[1], memory_bytes_max);
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): the gateway sees the end
    }
    ::_exit(code); // whatever the plugin has registered to run at the end does not matter
}
