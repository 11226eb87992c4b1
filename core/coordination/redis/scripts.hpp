#pragma once

#include <string>
#include <string_view>

namespace hookgate::coordination::redis {

// Programs that the server runs as one step. It keeps them by their name, which follows from their
// text.
struct Script {
    std::string_view text;
    std::string name; // SHA-1 in hexadecimal
};

// KEYS[1] a bucket; ARGV[1] the limit per minute, ARGV[2] how many requests. Counts as
// memory::RateLimiter does, with the server's clock. Answers "<admitted> <seconds until the next
// one>".
const Script& admitScript();

// KEYS[1] a lock; ARGV[1] the token it has to hold.
const Script& unlockScript();

} // namespace hookgate::coordination::redis
