#pragma once

#include "core/http/request_parser.hpp"
#include "core/http/server.hpp"
#include "core/http/shared_limits.hpp"
#include "core/http/socket.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

namespace hookgate::http {

using SteadyTime = std::chrono::steady_clock::time_point;

// What a connection needs of the loop and the server it belongs to.
struct ConnectionContext {
    const ServerOptions& options;
    const RequestParser::Limits& parser_limits;
    const Router& router;
    Authorizer& authorizer;
    Observer& observer;
    SharedLimits& limits;
};

// One connection: parses ahead, keeps answers in order, writes, and knows its deadlines. Lives on
// its loop's thread.
class Connection {
public:
    // What the loop has to do after a step.
    enum class State { Open, Gone };

    struct Moment {
        SteadyTime now;
        base::UnixMs unix_ms;
        std::string_view date;
        bool draining;
    };

    Connection(Descriptor socket, std::string peer_address, std::uint32_t id,
               std::shared_ptr<ReplySink> sink, const ConnectionContext& context,
               const Moment& moment);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    int descriptor() const noexcept { return socket_.get(); }

    std::uint32_t id() const noexcept { return id_; }

    const std::string& peerAddress() const noexcept { return peer_address_; }

    // Epoll events to wait for.
    std::uint32_t interest() const noexcept;

    State readable(std::string& buffer, const Moment& moment);
    State writable(const Moment& moment);
    // An answer to the request `sequence`; late ones are dropped.
    void answer(std::uint32_t sequence, Reply&& reply, const Moment& moment);
    // Writes what answer() made ready, and goes on with input that waited for room.
    State settle(const Moment& moment);
    // Called now and then: ends what took too long.
    State checkDeadlines(const Moment& moment);

private:
    struct Slot {
        std::uint32_t sequence = 0;
        bool done = false;
        bool keep_alive = true;
        bool head_only = false;
        std::size_t body_bytes = 0; // reserved in the shared limits until the answer is there
        SteadyTime deadline;
        std::string response;
    };

    enum class Phase {
        Reading,   // requests are read and answered
        Finishing, // no more requests; what is pending is answered, then the connection closes
        Lingering  // everything is written and shut down; the rest of the input is thrown away
    };

    void consume(std::string_view input, const Moment& moment);
    void headComplete(std::string_view rest, const Moment& moment);
    void requestComplete(const Moment& moment);
    void dispatch(std::unique_ptr<Request> request, const Moment& moment);
    void refuse(const HeadError& error, const Moment& moment);
    Slot& addSlot(bool keep_alive, bool head_only, const Moment& moment);
    void complete(Slot& slot, Reply&& reply, const Moment& moment);
    bool reserveBody(const Moment& moment);
    void releaseBody() noexcept;
    State flush(const Moment& moment);
    State afterFlush(const Moment& moment);
    State startLingering(const Moment& moment);
    State expire(std::string_view reason, const Moment& moment);
    std::uint64_t ticketOf(std::uint32_t sequence) const noexcept;

    Descriptor socket_;
    const std::string peer_address_;
    const std::uint32_t id_;
    const std::shared_ptr<ReplySink> sink_;
    const ConnectionContext& context_;
    RequestParser parser_;
    Phase phase_ = Phase::Reading;
    std::deque<Slot> slots_;
    std::uint32_t next_sequence_ = 1;
    std::string waiting_input_; // what came while slots_ was full
    std::string output_;
    std::size_t written_ = 0;
    std::size_t reserved_body_ = 0; // of the request under way
    std::size_t discarded_ = 0;
    bool peer_closed_ = false;
    SteadyTime read_deadline_; // of the head, or of the body, or idle
    SteadyTime write_deadline_;
    SteadyTime body_started_;
    SteadyTime linger_deadline_;
};

} // namespace hookgate::http
