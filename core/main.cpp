#include "core/cli/run.hpp"

#include <iostream>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace {

// The next file or socket would take the number of a standard stream that is closed, and log lines
// would go there.
void openStandardStreams() noexcept {
    int opened = 0;
    while (opened >= 0 && opened <= STDERR_FILENO)
        opened = ::open("/dev/null", O_RDWR);
    if (opened > STDERR_FILENO) ::close(opened);
}

} // namespace

int main(int argc, char** argv) {
    openStandardStreams();
    const std::vector<std::string_view> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    return hookgate::cli::run(arguments, {std::cout, std::cerr, "/proc/self/exe"});
}
