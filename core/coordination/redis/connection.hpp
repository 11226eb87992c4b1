#pragma once

#include "core/coordination/redis/address.hpp"
#include "core/coordination/redis/commands.hpp"
#include "core/coordination/redis/reply.hpp"
#include "core/coordination/redis/reply_reader.hpp"

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::coordination::redis {

// One connection to a server, and never a thread held longer than it allowed: every step has a
// deadline, whatever the server does. Whatever goes wrong closes it, since nobody can know any more
// which reply belongs to what. Not thread-safe. (Looking a host name up is the system's, and takes
// as long as that does.)
class Connection {
public:
    using Clock = std::chrono::steady_clock;
    using Time = Clock::time_point;

    Connection(Address address, std::string probe_key)
        : address_{std::move(address)},
          probe_key_{std::move(probe_key)} {}

    ~Connection() { close(); }

    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Connects, authenticates, selects the database, makes the scripts known and writes a key: a
    // server that is full or a replica is as good as none. False: see problem().
    bool open(Time deadline);

    // Sends the commands and waits for as many replies, in order. nullopt: see problem().
    std::optional<std::vector<Reply>> exchange(const Commands& commands, Time deadline);

    void close() noexcept;

    bool isOpen() const noexcept { return socket_ >= 0; }

    // To wait for the end of a connection that nobody uses; -1 while it is closed.
    int descriptor() const noexcept { return socket_; }

    Time openedAt() const noexcept { return opened_at_; }

    // Why the last call failed, in words of ours or the server's error code; never what it was
    // about.
    const std::string& problem() const noexcept { return problem_; }

private:
    bool connect(Time deadline);
    bool greet(Time deadline);
    bool isGood(const std::optional<std::vector<Reply>>& replies,
                std::initializer_list<std::string_view> expected);
    bool waitFor(short events, Time deadline);
    bool sendSome(std::string_view& unsent);
    bool receiveSome(std::vector<Reply>& replies, std::size_t wanted, std::size_t& bytes);
    bool fail(std::string_view problem);

    const Address address_;
    const std::string probe_key_;
    int socket_ = -1;
    std::optional<ReplyReader> reader_;
    Time opened_at_{};
    std::string problem_;
};

// The code an error begins with, "OOM" or "WRONGPASS"; what follows it may repeat what was sent.
std::string errorCode(std::string_view error);

} // namespace hookgate::coordination::redis
