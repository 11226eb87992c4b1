#pragma once

#include "core/http/deadlines.hpp"
#include "core/http/late_bodies.hpp"
#include "core/http/request_parser.hpp"
#include "core/http/server.hpp"
#include "core/http/shared_limits.hpp"
#include "core/http/socket.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::http {

// What a connection needs of its server.
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

    // The time, read once a turn of the loop.
    struct Moment {
        SteadyTime now;
        base::UnixMs unix_ms;
        std::string_view date;
        bool draining;
    };

    Connection(Accepted accepted, std::uint32_t id, std::shared_ptr<ReplySink> sink,
               const ConnectionContext& context, LateBodies& late_bodies, const Moment& moment);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    int descriptor() const noexcept { return socket_.get(); }

    const std::string& peerAddress() const noexcept { return peer_address_; }

    // Epoll events to wait for.
    std::uint32_t interest() const noexcept;
    // When checkDeadlines() is due.
    SteadyTime nextDeadline() const noexcept;

    // `buffer` is the loop's, and free for use.
    State readable(std::string& buffer, const Moment& moment);
    State writable(const Moment& moment);
    // An answer to the request `sequence`; false when it is late, and dropped.
    bool answer(std::uint32_t sequence, Reply&& reply);
    // Writes what answer() made ready, and goes on with input that waited for room.
    State settle(const Moment& moment);
    // Ends what took too long.
    State checkDeadlines(const Moment& moment);
    // The server stops: what is under way is finished, what is idle ends.
    State drain(std::string& buffer, const Moment& moment);

private:
    struct Slot {
        std::uint32_t sequence = 0;
        bool handed_over = false; // a handler has the request
        bool done = false;        // `reply` is there
        bool head_only = false;
        std::size_t body_bytes = 0; // reserved in the shared limits while a handler has them
        SteadyTime deadline = SteadyTime::max();
        Reply reply;
    };

    enum class Phase {
        Reading,   // requests are read and answered
        Finishing, // no more requests; what is pending is answered, then the connection closes
        Lingering  // everything is written and shut down; the rest of the input is thrown away
    };

    bool isFull() const noexcept { return slots_.size() >= context_.options.pipelined_max; }

    bool hasUnsent() const noexcept { return sent_ < output_.size(); }

    bool wantsInput() const noexcept;
    bool isIdle() const noexcept;
    SteadyTime readDeadline() const noexcept;
    void consume(std::string_view input, const Moment& moment);
    void keepForLater(std::string_view input);
    void headComplete(std::string_view rest, const Moment& moment);
    void requestComplete(const Moment& moment);
    void dispatch(std::unique_ptr<Request> request, const Moment& moment);
    void answerUnmatched(Slot& slot, const Request& request, std::string allow);
    void refuse(const HeadError& error);
    Slot& addSlot(bool head_only);
    void complete(Slot& slot, Reply&& reply);
    bool reserveBody();
    void releaseBody() noexcept;
    void giveUp(Slot& slot);
    State advance(const Moment& moment);
    void renderAnswers(const Moment& moment);
    bool send(const Moment& moment);
    State finish(const Moment& moment);
    State expire(std::string_view reason, const Moment& moment);
    std::uint64_t ticketOf(std::uint32_t sequence) const noexcept;

    Descriptor socket_;
    const std::string peer_address_;
    const std::uint32_t id_;
    const std::shared_ptr<ReplySink> sink_;
    const ConnectionContext& context_;
    LateBodies& late_bodies_;
    RequestParser parser_;
    Phase phase_ = Phase::Reading;
    std::vector<Slot> slots_; // sequences rise by one
    std::uint32_t next_sequence_ = 1;
    std::string waiting_input_; // what was read, but waits for room in slots_ or in the socket
    std::string output_;
    std::size_t sent_ = 0;
    std::size_t reserved_body_ = 0; // of the request under way
    std::size_t discarded_ = 0;
    bool is_first_request_ = true;
    bool continue_due_ = false; // 100 Continue, once nothing is before it
    bool peer_closed_ = false;
    bool peer_asked_to_close_ = false;
    base::UnixMs head_received_at_ = 0;
    SteadyTime read_deadline_;                 // of the head, or of the body, or idle
    std::optional<SteadyTime> write_deadline_; // while something is unsent
    SteadyTime body_started_;
    SteadyTime linger_deadline_;
};

} // namespace hookgate::http
