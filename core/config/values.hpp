#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::config {

// The readers of single values. The error is the rest of a sentence that begins with the value:
// "is no whole number from 1 to 65535".

base::Result<std::int64_t, std::string> readInteger(std::string_view text, std::int64_t least,
                                                    std::int64_t most);

// Ranges in CIDR notation, separated by commas; spaces around them do not count.
base::Result<std::vector<std::string>, std::string> readNetworks(std::string_view text);

struct HostAndPort {
    std::string host; // without brackets
    std::uint16_t port = 0;
};

base::Result<HostAndPort, std::string> readHostAndPort(std::string_view text);

// An address or a host name; not resolved.
bool isHost(std::string_view text) noexcept;

// nullopt-like: empty when the URL is of a form the gateway knows, else what is wrong with it.
std::string databaseUrlProblem(std::string_view url);
std::string redisUrlProblem(std::string_view url);

// The URL with its password, in the user part or in the query, replaced by the mask.
std::string withoutPassword(std::string_view url);

bool hasPassword(std::string_view url);

inline constexpr std::string_view kMask = "********";

} // namespace hookgate::config
