#pragma once

#include <string>
#include <string_view>

namespace hookgate::explain {

// How JSON is laid out between its tokens.
struct JsonLayout {
    std::string_view after_colon{};
    std::string_view after_comma{}; // on one line
    std::string_view indent{};      // not empty: a line for each value
};

// The same JSON in another layout; strings and numbers keep their spelling. REQUIRES: valid JSON.
std::string laidOut(std::string_view json, const JsonLayout& layout);

// Every slash within strings escaped, or none.
std::string withSlashes(std::string_view json, bool escaped);

} // namespace hookgate::explain
