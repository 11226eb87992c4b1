#include "tests/unit/http/framing_cases.hpp"

#include "core/base/hex.hpp"
#include "core/base/text.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace hookgate::http::test {
namespace {

constexpr std::string_view kCanary = "GET /canary HTTP/1.1\r\nHost: a\r\n\r\n";

char unescape(std::string_view text, std::size_t& at) {
    switch (text[at++]) {
        case 'r':
            return '\r';
        case 'n':
            return '\n';
        case 't':
            return '\t';
        case '0':
            return '\0';
        case '\\':
            return '\\';
        case 'x':
            at += 2;
            return static_cast<char>(base::hexDigit(text[at - 2]) << 4 |
                                     base::hexDigit(text[at - 1]));
        default:
            throw std::runtime_error{"unknown escape in: " + std::string{text}};
    }
}

std::string expand(std::string_view text) {
    std::string bytes;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == '\\') {
            bytes.push_back(unescape(text, ++at));
        } else if (text[at] == '{') {
            const auto end = text.find('}', at);
            const auto macro = text.substr(at + 1, end - at - 1);
            at = end + 1;
            if (macro == "canary") {
                bytes.append(kCanary);
                continue;
            }
            const auto star = macro.find('*');
            const auto part = expand(macro.substr(star + 1));
            for (auto count = std::stoul(std::string{macro.substr(0, star)}); count > 0; --count)
                bytes.append(part);
        } else {
            bytes.push_back(text[at++]);
        }
    }
    return bytes;
}

std::vector<int> statusesOf(const std::string& text) {
    std::vector<int> statuses;
    if (text == "none") return statuses;
    std::istringstream list{text};
    for (std::string status; std::getline(list, status, ',');)
        statuses.push_back(std::stoi(status));
    return statuses;
}

FramingCase parseLine(const std::string& line) {
    std::vector<std::string> fields;
    std::size_t from = 0;
    while (fields.size() < 3) {
        const auto bar = line.find('|', from);
        if (bar == std::string::npos) throw std::runtime_error{"too few fields: " + line};
        fields.emplace_back(base::trim(line.substr(from, bar - from)));
        from = bar + 1;
    }
    // One space belongs to the bar, others to the bytes.
    if (from < line.size() && line[from] == ' ') ++from;
    return {fields[0], statusesOf(fields[1]), fields[2], expand(line.substr(from))};
}

} // namespace

std::vector<FramingCase> loadFramingCases() {
    std::ifstream file{HOOKGATE_FRAMING_CASES};
    if (!file) throw std::runtime_error{"cannot read " HOOKGATE_FRAMING_CASES};
    std::vector<FramingCase> cases;
    for (std::string line; std::getline(file, line);)
        if (!line.empty() && line.front() != '#') cases.push_back(parseLine(line));
    return cases;
}

} // namespace hookgate::http::test
