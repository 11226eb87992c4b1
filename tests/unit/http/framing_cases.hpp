#pragma once

#include <string>
#include <vector>

namespace hookgate::http::test {

// One line of tests/support/framing_cases.txt, which says what the fields mean.
struct FramingCase {
    std::string name;
    std::vector<int> statuses;
    std::string ending; // close, keep or cut
    std::string bytes;
};

// Throws std::runtime_error when the file is missing or a line is malformed.
std::vector<FramingCase> loadFramingCases();

} // namespace hookgate::http::test
