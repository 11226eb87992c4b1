#include "core/base/printable.hpp"

#include "core/base/json_writer.hpp"

#include <cstddef>

namespace hookgate::base {

std::string printable(const std::string& text) {
    constexpr std::size_t kShown = 2000;
    std::string quoted;
    appendJsonString(quoted, text.substr(0, kShown));
    std::string line;
    for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
        if (quoted[i] == '\\' && (quoted[i + 1] == '"' || quoted[i + 1] == '\\')) ++i;
        line += quoted[i];
    }
    return line + (text.size() > kShown ? "..." : "");
}

} // namespace hookgate::base
