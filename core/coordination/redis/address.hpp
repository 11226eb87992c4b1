#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hookgate::coordination::redis {

// Where a Redis server is and how to get in.
struct Address {
    std::string host;
    std::uint16_t port = 6379;
    std::string user; // empty: the default user
    std::string password;
    int database = 0;
};

// Reads `redis://[[user]:password@]host[:port][/database]`; user and password are percent-decoded.
// nullopt: it is none.
std::optional<Address> parseAddress(std::string_view url);

} // namespace hookgate::coordination::redis
