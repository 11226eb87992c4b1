#pragma once

#include <iosfwd>
#include <string>

namespace hookgate::cli {

// Where a command answers: results to `out`, what went wrong to `err`.
struct Terminal {
    std::ostream& out;
    std::ostream& err;
    // What to execute to run this program once more; empty: nothing, and plugins are loaded
    // without having been tried in a process of their own.
    std::string program{};
};

} // namespace hookgate::cli
