#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace hookgate::coordination::redis {

// Commands as the server reads them, one behind the other.
struct Commands {
    std::string bytes;
    std::size_t count = 0;

    void add(std::initializer_list<std::string_view> words) {
        bytes.append("*").append(std::to_string(words.size())).append("\r\n");
        for (const auto word : words)
            bytes.append("$")
                .append(std::to_string(word.size()))
                .append("\r\n")
                .append(word)
                .append("\r\n");
        ++count;
    }

    void add(const Commands& others) {
        bytes.append(others.bytes);
        count += others.count;
    }
};

} // namespace hookgate::coordination::redis
