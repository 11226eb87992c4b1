#include "core/http/connection.hpp"

#include "core/http/reply_writer.hpp"

#include <algorithm>
#include <cerrno>

#include <sys/epoll.h>
#include <sys/socket.h>

namespace hookgate::http {
namespace {

constexpr std::size_t kLingerBytesMax = 256 * 1024;
constexpr std::chrono::milliseconds kLingerTime{2000};
constexpr std::chrono::seconds kBodyRateGrace{5};
constexpr std::size_t kKeptCapacity = 4096;
constexpr int kOverloadRetryAfterS = 1;

void shrink(std::string& buffer) {
    if (buffer.capacity() > kKeptCapacity) std::string{}.swap(buffer);
}

} // namespace

Connection::Connection(Descriptor socket, std::string peer_address, std::uint32_t id,
                       std::shared_ptr<ReplySink> sink, const ConnectionContext& context,
                       const Moment& moment)
    : socket_{std::move(socket)},
      peer_address_{std::move(peer_address)},
      id_{id},
      sink_{std::move(sink)},
      context_{context},
      parser_{context.parser_limits},
      read_deadline_{moment.now + context.options.header_timeout} {}

Connection::~Connection() {
    releaseBody();
    for (const auto& slot : slots_)
        context_.limits.free(slot.body_bytes);
}

std::uint64_t Connection::ticketOf(std::uint32_t sequence) const noexcept {
    return static_cast<std::uint64_t>(id_) << 32 | sequence;
}

std::uint32_t Connection::interest() const noexcept {
    std::uint32_t events = 0;
    const bool has_room = slots_.size() < context_.options.pipelined_max;
    if (phase_ == Phase::Lingering || (phase_ == Phase::Reading && has_room && !peer_closed_))
        events |= EPOLLIN;
    if (written_ < output_.size()) events |= EPOLLOUT;
    return events;
}

Connection::State Connection::readable(std::string& buffer, const Moment& moment) {
    const auto size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size < 0) return errno == EAGAIN || errno == EINTR ? State::Open : State::Gone;
    if (phase_ == Phase::Lingering) {
        discarded_ += static_cast<std::size_t>(size);
        return size == 0 || discarded_ > kLingerBytesMax ? State::Gone : State::Open;
    }
    if (size == 0) {
        // Half-closed: what was asked is answered, unless a request is cut short.
        peer_closed_ = true;
        if (slots_.empty() && written_ == output_.size()) return State::Gone;
        phase_ = Phase::Finishing;
        return State::Open;
    }
    if (phase_ == Phase::Reading) consume({buffer.data(), static_cast<std::size_t>(size)}, moment);
    return flush(moment);
}

void Connection::consume(std::string_view input, const Moment& moment) {
    while (phase_ == Phase::Reading) {
        if (slots_.size() >= context_.options.pipelined_max) {
            waiting_input_.append(input);
            return;
        }
        const bool was_idle = parser_.isIdle();
        const auto step = parser_.feed(input);
        if (was_idle && !parser_.isIdle())
            read_deadline_ = moment.now + context_.options.header_timeout;
        switch (step) {
            case RequestParser::Step::NeedMore:
                static_cast<void>(reserveBody(moment));
                return;
            case RequestParser::Step::Head:
                headComplete(input, moment);
                break;
            case RequestParser::Step::Complete:
                requestComplete(moment);
                break;
            case RequestParser::Step::Failed:
                refuse(parser_.failure(), moment);
                return;
        }
    }
}

void Connection::headComplete(std::string_view rest, const Moment& moment) {
    body_started_ = moment.now;
    read_deadline_ = moment.now + context_.options.body_timeout;
    // Only when the body is not on its way already, and no earlier answer is due first.
    if (parser_.head().expects_continue && rest.empty() && slots_.empty())
        output_.append("HTTP/1.1 100 Continue\r\n\r\n");
}

// Counts what the body under way holds; false: the server holds too much, and has said so.
bool Connection::reserveBody(const Moment& moment) {
    const auto bytes = parser_.bodyBytes();
    if (bytes <= reserved_body_) return true;
    if (context_.limits.reserve(bytes - reserved_body_)) {
        reserved_body_ = bytes;
        return true;
    }
    refuse({ErrorCode::DependencyUnavailable, "buffers_full", "the gateway is busy; send it again"},
           moment);
    return false;
}

void Connection::releaseBody() noexcept {
    context_.limits.free(reserved_body_);
    reserved_body_ = 0;
}

void Connection::requestComplete(const Moment& moment) {
    if (!reserveBody(moment)) return;
    auto request = parser_.take();
    const bool keep_alive = parser_.head().keep_alive && !moment.draining;
    auto& slot = addSlot(keep_alive, request->method == "HEAD", moment);
    slot.body_bytes = reserved_body_;
    reserved_body_ = 0;
    if (!keep_alive) phase_ = Phase::Finishing;
    read_deadline_ = moment.now + context_.options.idle_timeout;
    dispatch(std::move(request), moment);
}

Connection::Slot& Connection::addSlot(bool keep_alive, bool head_only, const Moment& moment) {
    auto& slot = slots_.emplace_back();
    slot.sequence = next_sequence_++;
    slot.keep_alive = keep_alive;
    slot.head_only = head_only;
    slot.deadline = moment.now + std::chrono::hours{1};
    return slot;
}

void Connection::dispatch(std::unique_ptr<Request> request, const Moment& moment) {
    auto& slot = slots_.back();
    request->peer_address = peer_address_;
    request->received_at = moment.unix_ms;
    const std::string_view target = request->target;
    auto path = normalizePath(target.substr(0, target.find('?')));
    if (!path && target != "*") {
        context_.observer.rejected("bad_path", peer_address_);
        return complete(slot, errorReply(ErrorCode::Validation, "the path is not well-formed"),
                        moment);
    }
    request->path = path ? std::move(*path) : "*";

    auto match = context_.router.match(request->method, request->path);
    if (match.route == nullptr) {
        if (match.allow.empty())
            return complete(slot, errorReply(ErrorCode::NotFound, "there is no such route"),
                            moment);
        const bool options = request->method == "OPTIONS";
        auto reply = options ? Reply{}
                             : errorReply(ErrorCode::MethodNotAllowed,
                                          "the route does not take this method");
        if (options) reply.status = 204;
        reply.headers.emplace_back("Allow", std::move(match.allow));
        return complete(slot, std::move(reply), moment);
    }
    if (match.route->access == Access::Key && !context_.authorizer.authorized(*request))
        return complete(slot, errorReply(ErrorCode::Unauthorized, "a valid API key is required"),
                        moment);

    request->parameters = std::move(match.parameters);
    slot.deadline = moment.now + match.route->reply_timeout;
    match.route->handler->handle(std::move(request), Completion{sink_, ticketOf(slot.sequence)});
}

void Connection::refuse(const HeadError& error, const Moment& moment) {
    context_.observer.rejected(error.reason, peer_address_);
    releaseBody();
    phase_ = Phase::Finishing;
    auto& slot = addSlot(false, false, moment);
    const int retry_after =
        error.code == ErrorCode::DependencyUnavailable ? kOverloadRetryAfterS : 0;
    complete(slot, errorReply(error.code, error.message, retry_after), moment);
}

void Connection::answer(std::uint32_t sequence, Reply&& reply, const Moment& moment) {
    // Sequences rise by one and slots_ holds a run of them.
    if (slots_.empty() || sequence < slots_.front().sequence) return;
    const auto index = sequence - slots_.front().sequence;
    if (index >= slots_.size() || slots_[index].done) return;
    complete(slots_[index], std::move(reply), moment);
}

void Connection::complete(Slot& slot, Reply&& reply, const Moment& moment) {
    slot.done = true;
    context_.limits.free(std::exchange(slot.body_bytes, 0));
    if (reply.close || moment.draining) slot.keep_alive = false;
    if (!slot.keep_alive) phase_ = Phase::Finishing;
    appendResponse(slot.response, reply, moment.date, slot.keep_alive, slot.head_only);
    context_.observer.answered(reply.status);
}

Connection::State Connection::settle(const Moment& moment) {
    if (phase_ == Phase::Lingering) return State::Open;
    return flush(moment);
}

Connection::State Connection::writable(const Moment& moment) {
    return flush(moment);
}

Connection::State Connection::flush(const Moment& moment) {
    while (!slots_.empty() && slots_.front().done) {
        const bool last = !slots_.front().keep_alive;
        if (output_.empty())
            output_ = std::move(slots_.front().response);
        else
            output_.append(slots_.front().response);
        slots_.pop_front();
        if (!last) continue;
        // Whatever was asked behind the last answer is never answered.
        for (const auto& slot : slots_)
            context_.limits.free(slot.body_bytes);
        slots_.clear();
    }
    const bool was_blocked = written_ > 0;
    while (written_ < output_.size()) {
        const auto size = ::send(socket_.get(), output_.data() + written_,
                                 output_.size() - written_, MSG_NOSIGNAL);
        if (size < 0) {
            if (errno == EINTR) continue;
            if (errno != EAGAIN) return State::Gone;
            if (!was_blocked || write_deadline_ == SteadyTime{})
                write_deadline_ = moment.now + context_.options.write_timeout;
            return State::Open;
        }
        written_ += static_cast<std::size_t>(size);
        write_deadline_ = moment.now + context_.options.write_timeout;
    }
    return afterFlush(moment);
}

Connection::State Connection::afterFlush(const Moment& moment) {
    output_.clear();
    written_ = 0;
    if (slots_.empty()) shrink(output_);
    if (phase_ == Phase::Finishing && slots_.empty()) return startLingering(moment);
    if (phase_ == Phase::Reading && !waiting_input_.empty() &&
        slots_.size() < context_.options.pipelined_max) {
        const std::string input = std::move(waiting_input_);
        waiting_input_.clear();
        consume(input, moment);
        return flush(moment);
    }
    return State::Open;
}

// Closing at once would reset the connection under an answer that the peer has not read yet.
Connection::State Connection::startLingering(const Moment& moment) {
    if (peer_closed_) return State::Gone;
    phase_ = Phase::Lingering;
    linger_deadline_ = moment.now + kLingerTime;
    ::shutdown(socket_.get(), SHUT_WR);
    return State::Open;
}

Connection::State Connection::checkDeadlines(const Moment& moment) {
    if (phase_ == Phase::Lingering)
        return moment.now >= linger_deadline_ ? State::Gone : State::Open;
    if (written_ < output_.size() && moment.now >= write_deadline_) {
        context_.observer.rejected("slow_reader", peer_address_);
        return State::Gone;
    }
    bool answered = false;
    for (auto& slot : slots_) {
        if (slot.done || moment.now < slot.deadline) continue;
        context_.observer.rejected("answer_timeout", peer_address_);
        complete(slot,
                 errorReply(ErrorCode::DependencyUnavailable,
                            "the answer took too long; send it again", kOverloadRetryAfterS),
                 moment);
        answered = true;
    }
    if (answered) return flush(moment);
    if (phase_ != Phase::Reading) return State::Open;

    if (parser_.isIdle()) {
        if (!slots_.empty() || written_ < output_.size()) return State::Open;
        return moment.draining || moment.now >= read_deadline_ ? State::Gone : State::Open;
    }
    if (moment.now >= read_deadline_)
        return expire(parser_.inBody() ? "body_timeout" : "header_timeout", moment);
    const auto reading = moment.now - body_started_;
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(reading - kBodyRateGrace).count();
    if (parser_.inBody() && seconds > 0 &&
        parser_.bodyBytes() <
            static_cast<std::size_t>(seconds) * context_.options.body_bytes_per_second_min)
        return expire("body_too_slow", moment);
    return State::Open;
}

Connection::State Connection::expire(std::string_view reason, const Moment& moment) {
    refuse({ErrorCode::RequestTimeout, reason, "the request was not sent in time"}, moment);
    return flush(moment);
}

} // namespace hookgate::http
