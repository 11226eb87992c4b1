#pragma once

#include <string>

namespace hookgate::coordination::redis {

// One answer of the server. Arrays are none of them: nothing that is asked here has one.
struct Reply {
    enum class Kind { Nil, Status, Error, Integer, Bulk };

    Kind kind = Kind::Nil;
    std::string text; // Status, Error and Bulk; bytes
    long long integer = 0;

    bool isError() const noexcept { return kind == Kind::Error; }

    bool isOk() const noexcept { return kind == Kind::Status && text == "OK"; }
};

} // namespace hookgate::coordination::redis
