#pragma once

#include <string>
#include <vector>

namespace hookgate::app {

// Problems as one message, a line each.
inline std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines)
        text += (text.empty() ? "" : "\n") + line;
    return text;
}

} // namespace hookgate::app
