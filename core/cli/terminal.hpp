#pragma once

#include <iosfwd>

namespace hookgate::cli {

// Where a command answers: results to `out`, what went wrong to `err`.
struct Terminal {
    std::ostream& out;
    std::ostream& err;
};

} // namespace hookgate::cli
