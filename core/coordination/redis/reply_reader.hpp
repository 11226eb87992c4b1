#pragma once

#include "core/coordination/redis/reply.hpp"

#include <memory>
#include <optional>
#include <string_view>

struct redisReader;

namespace hookgate::coordination::redis {

// Turns what a server sends into replies. Anything that is no flat RESP2 reply breaks it for good:
// a connection is not worth more than a new one. Memory is bounded by what is fed. Not thread-safe.
//
// Why not Poco::Redis 1.11: it pads a truncated reply with spaces and returns it as data, takes the
// length of a string from the server and allocates it at once, descends into nested arrays without
// a limit, has no time limit for sending and one for each receive only, so that neither a frozen
// nor a slowly dripping server can be left within a call's budget. hiredis' reader works on bytes
// that are already there, and leaves sockets and time to us.
class ReplyReader {
public:
    ReplyReader();

    // False: broken.
    bool feed(std::string_view bytes);

    // nullopt: no reply is complete, or it is broken.
    std::optional<Reply> next();

    bool isBroken() const noexcept;

    // Bytes have come that no reply has used.
    bool hasRest() const noexcept;

private:
    struct Free {
        void operator()(redisReader* reader) const noexcept;
    };

    std::unique_ptr<redisReader, Free> reader_;
};

} // namespace hookgate::coordination::redis
