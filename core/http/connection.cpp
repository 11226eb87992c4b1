#include "core/http/connection.hpp"

#include "core/http/reply_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <utility>

#include <sys/epoll.h>
#include <sys/socket.h>

namespace hookgate::http {
namespace {

constexpr std::size_t kLingerBytesMax = 8UL * 1024 * 1024;
constexpr std::chrono::milliseconds kLingerTime{2000};
constexpr std::size_t kKeptCapacity = 1024;
constexpr int kOverloadRetryAfterS = 1;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

} // namespace

Connection::Connection(Accepted accepted, std::uint32_t id, std::shared_ptr<ReplySink> sink,
                       const ConnectionContext& context, LateBodies& late_bodies,
                       const Moment& moment)
    : socket_{std::move(accepted.socket)},
      peer_address_{std::move(accepted.peer_address)},
      id_{id},
      sink_{std::move(sink)},
      context_{context},
      late_bodies_{late_bodies},
      parser_{context.parser_limits},
      read_deadline_{moment.now + context.options.header_timeout} {}

Connection::~Connection() {
    releaseBody();
    context_.limits.free(waiting_input_.size());
    for (auto& slot : slots_)
        giveUp(slot);
}

std::uint64_t Connection::ticketOf(std::uint32_t sequence) const noexcept {
    return static_cast<std::uint64_t>(id_) << 32 | sequence;
}

// Who does not read the answers gets no more of them.
bool Connection::wantsInput() const noexcept {
    return phase_ == Phase::Reading && !isFull() && !hasUnsent() && waiting_input_.empty() &&
           !peer_closed_;
}

bool Connection::isIdle() const noexcept {
    return phase_ == Phase::Reading && parser_.isIdle() && slots_.empty() && !hasUnsent() &&
           waiting_input_.empty();
}

std::uint32_t Connection::interest() const noexcept {
    std::uint32_t events = 0;
    if (phase_ == Phase::Lingering || wantsInput()) events |= EPOLLIN;
    if (hasUnsent()) events |= EPOLLOUT;
    return events;
}

Connection::State Connection::readable(std::string& buffer, const Moment& moment) {
    if (phase_ != Phase::Lingering && !wantsInput()) return State::Open;
    const auto size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size < 0) return errno == EAGAIN || errno == EINTR ? State::Open : State::Gone;
    if (phase_ == Phase::Lingering) {
        discarded_ += static_cast<std::size_t>(size);
        return size == 0 || discarded_ > kLingerBytesMax ? State::Gone : State::Open;
    }
    if (size == 0) {
        // Half-closed: what was asked is answered, a request cut short is not.
        peer_closed_ = true;
        phase_ = Phase::Finishing;
    } else {
        consume({buffer.data(), static_cast<std::size_t>(size)}, moment);
    }
    return advance(moment);
}

void Connection::consume(std::string_view input, const Moment& moment) {
    while (phase_ == Phase::Reading) {
        if (isFull()) return keepForLater(input);
        const bool was_idle = parser_.isIdle();
        const auto step = parser_.feed(input);
        // The first request has had its time since the connection was made.
        if (was_idle && !parser_.isIdle() && !is_first_request_)
            read_deadline_ = moment.now + context_.options.header_timeout;
        switch (step) {
            case RequestParser::Step::NeedMore:
                static_cast<void>(reserveBody());
                return;
            case RequestParser::Step::Head:
                headComplete(input, moment);
                break;
            case RequestParser::Step::Complete:
                requestComplete(moment);
                break;
            case RequestParser::Step::Failed:
                return refuse(parser_.failure());
        }
    }
}

void Connection::keepForLater(std::string_view input) {
    if (input.empty()) return;
    if (!context_.limits.reserve(input.size()))
        return refuse({ErrorCode::DependencyUnavailable, "buffers_full",
                       "the gateway is busy; send it again"});
    waiting_input_ = input;
}

void Connection::headComplete(std::string_view rest, const Moment& moment) {
    is_first_request_ = false;
    head_received_at_ = moment.unix_ms;
    body_started_ = moment.now;
    read_deadline_ = moment.now + context_.options.body_timeout;
    // Not when the body is on its way already.
    continue_due_ = parser_.head().expects_continue && rest.empty();
}

// Counts what the body under way holds; false: the server holds too much, and has said so.
bool Connection::reserveBody() {
    const auto bytes = parser_.bodyBytes();
    if (bytes <= reserved_body_) return true;
    if (context_.limits.reserve(bytes - reserved_body_)) {
        reserved_body_ = bytes;
        return true;
    }
    refuse(
        {ErrorCode::DependencyUnavailable, "buffers_full", "the gateway is busy; send it again"});
    return false;
}

void Connection::releaseBody() noexcept {
    context_.limits.free(std::exchange(reserved_body_, 0));
}

void Connection::requestComplete(const Moment& moment) {
    continue_due_ = false;
    if (!reserveBody()) return;
    auto request = parser_.take();
    peer_asked_to_close_ = !parser_.head().keep_alive;
    if (peer_asked_to_close_ || moment.draining) phase_ = Phase::Finishing;
    auto& slot = addSlot(request->method == "HEAD");
    slot.body_bytes = std::exchange(reserved_body_, 0);
    dispatch(std::move(request), moment);
}

Connection::Slot& Connection::addSlot(bool head_only) {
    auto& slot = slots_.emplace_back();
    slot.sequence = next_sequence_++;
    slot.head_only = head_only;
    return slot;
}

void Connection::dispatch(std::unique_ptr<Request> request, const Moment& moment) {
    auto& slot = slots_.back();
    request->peer_address = peer_address_;
    request->received_at = head_received_at_;
    const std::string_view target = request->target;
    auto path = normalizePath(target.substr(0, target.find('?')));
    if (!path && target != "*") {
        context_.observer.rejected("bad_path", peer_address_);
        return complete(slot, errorReply(ErrorCode::Validation, "the path is not well-formed"));
    }
    request->path = path ? std::move(*path) : "*";

    auto match = context_.router.match(request->method, request->path);
    if (match.route == nullptr) return answerUnmatched(slot, *request, std::move(match.allow));
    if (match.route->access == Access::Key && !context_.authorizer.authorized(*request)) {
        context_.observer.rejected("unauthorized", peer_address_);
        auto reply = errorReply(ErrorCode::Unauthorized, "a valid API key is required");
        reply.headers.emplace_back("WWW-Authenticate", "Bearer");
        return complete(slot, std::move(reply));
    }

    request->parameters = std::move(match.parameters);
    slot.deadline = moment.now + match.route->reply_timeout;
    slot.handed_over = true;
    try {
        match.route->handler->handle(std::move(request),
                                     Completion{sink_, ticketOf(slot.sequence)});
    } catch (const std::exception&) {
        // The completion has answered 500 when it was dropped.
        context_.observer.rejected("handler_failed", peer_address_);
    }
}

void Connection::answerUnmatched(Slot& slot, const Request& request, std::string allow) {
    const bool is_options = request.method == "OPTIONS";
    if (is_options && request.path == "*") allow = "GET, HEAD, POST, OPTIONS";
    if (allow.empty()) {
        context_.observer.rejected("no_route", peer_address_);
        return complete(slot, errorReply(ErrorCode::NotFound, "there is no such route"));
    }
    Reply reply;
    if (is_options) {
        reply.status = 204;
    } else {
        context_.observer.rejected("method_not_allowed", peer_address_);
        reply = errorReply(ErrorCode::MethodNotAllowed, "the route does not take this method");
    }
    reply.headers.emplace_back("Allow", std::move(allow));
    complete(slot, std::move(reply));
}

void Connection::refuse(const HeadError& error) {
    context_.observer.rejected(error.reason, peer_address_);
    releaseBody();
    parser_.abandon();
    continue_due_ = false;
    phase_ = Phase::Finishing;
    peer_asked_to_close_ = false;
    const int retry_after =
        error.code == ErrorCode::DependencyUnavailable ? kOverloadRetryAfterS : 0;
    complete(addSlot(false), errorReply(error.code, error.message, retry_after));
}

bool Connection::answer(std::uint32_t sequence, Reply&& reply) {
    if (slots_.empty()) return false;
    // Wraps as sequences do.
    const auto index = sequence - slots_.front().sequence;
    if (index >= slots_.size() || slots_[index].done) return false;
    complete(slots_[index], std::move(reply));
    return true;
}

void Connection::complete(Slot& slot, Reply&& reply) {
    slot.done = true;
    context_.limits.free(std::exchange(slot.body_bytes, 0));
    if (reply.close) phase_ = Phase::Finishing;
    slot.reply = std::move(reply);
}

// What a handler still has counts until it lets go.
void Connection::giveUp(Slot& slot) {
    if (slot.handed_over && !slot.done)
        late_bodies_.add(ticketOf(slot.sequence), slot.body_bytes);
    else
        context_.limits.free(slot.body_bytes);
    slot.body_bytes = 0;
}

Connection::State Connection::settle(const Moment& moment) {
    return phase_ == Phase::Lingering ? State::Open : advance(moment);
}

Connection::State Connection::writable(const Moment& moment) {
    return settle(moment);
}

// Answers, writes, and takes up waiting input, until one of them has to wait.
Connection::State Connection::advance(const Moment& moment) {
    while (true) {
        renderAnswers(moment);
        if (!send(moment)) return State::Gone;
        if (hasUnsent()) return State::Open;
        if (phase_ == Phase::Finishing && slots_.empty()) return finish(moment);
        if (phase_ != Phase::Reading || waiting_input_.empty() || isFull()) return State::Open;
        const std::string input = std::move(waiting_input_);
        waiting_input_.clear();
        context_.limits.free(input.size());
        consume(input, moment);
    }
}

// Moves the answers whose turn has come to output_.
void Connection::renderAnswers(const Moment& moment) {
    auto next = slots_.begin();
    for (; next != slots_.end() && next->done; ++next) {
        // Only the last answer closes: what was taken on before is answered.
        const bool is_last = phase_ == Phase::Finishing && next + 1 == slots_.end();
        appendResponse(output_, next->reply, moment.date, !is_last, next->head_only);
        context_.observer.answered(next->reply.status);
    }
    if (next != slots_.begin()) {
        slots_.erase(slots_.begin(), next);
        if (slots_.empty() && parser_.isIdle())
            read_deadline_ = moment.now + context_.options.idle_timeout;
    }
    if (continue_due_ && slots_.empty()) {
        continue_due_ = false;
        output_.append(kContinue);
    }
}

// False: the connection is broken.
bool Connection::send(const Moment& moment) {
    while (hasUnsent()) {
        const auto size =
            ::send(socket_.get(), output_.data() + sent_, output_.size() - sent_, MSG_NOSIGNAL);
        if (size < 0) {
            if (errno == EINTR) continue;
            if (errno != EAGAIN) return false;
            break;
        }
        sent_ += static_cast<std::size_t>(size);
    }
    if (hasUnsent()) {
        if (!write_deadline_) write_deadline_ = moment.now + context_.options.write_timeout;
        return true;
    }
    output_.clear();
    sent_ = 0;
    write_deadline_.reset();
    if (output_.capacity() > kKeptCapacity) std::string{}.swap(output_);
    return true;
}

// Closing at once would reset the connection under an answer that the peer has not read yet, if it
// sends anything more.
Connection::State Connection::finish(const Moment& moment) {
    if (peer_closed_ || peer_asked_to_close_) return State::Gone;
    phase_ = Phase::Lingering;
    linger_deadline_ = moment.now + kLingerTime;
    ::shutdown(socket_.get(), SHUT_WR);
    return State::Open;
}

SteadyTime Connection::readDeadline() const noexcept {
    if (!wantsInput()) return SteadyTime::max();
    if (parser_.isIdle()) return slots_.empty() ? read_deadline_ : SteadyTime::max();
    if (!parser_.inBody()) return read_deadline_;
    const auto& options = context_.options;
    if (options.body_bytes_per_second_min == 0) return read_deadline_;
    const std::chrono::milliseconds earned{parser_.bodyBytes() * 1000 /
                                           options.body_bytes_per_second_min};
    return std::min(read_deadline_, body_started_ + options.body_rate_grace + earned);
}

SteadyTime Connection::nextDeadline() const noexcept {
    if (phase_ == Phase::Lingering) return linger_deadline_;
    auto next = readDeadline();
    if (write_deadline_) next = std::min(next, *write_deadline_);
    for (const auto& slot : slots_)
        if (!slot.done) next = std::min(next, slot.deadline);
    return next;
}

Connection::State Connection::checkDeadlines(const Moment& moment) {
    if (phase_ == Phase::Lingering)
        return moment.now >= linger_deadline_ ? State::Gone : State::Open;
    if (write_deadline_ && moment.now >= *write_deadline_) {
        context_.observer.rejected("slow_reader", peer_address_);
        return State::Gone;
    }
    for (auto& slot : slots_) {
        if (slot.done || moment.now < slot.deadline) continue;
        context_.observer.rejected("answer_timeout", peer_address_);
        giveUp(slot);
        complete(slot, errorReply(ErrorCode::DependencyUnavailable,
                                  "the answer took too long; send it again", kOverloadRetryAfterS));
    }
    if (moment.now < readDeadline()) return advance(moment);
    if (parser_.isIdle()) return State::Gone;
    if (!parser_.inBody()) return expire("header_timeout", moment);
    return expire(moment.now >= read_deadline_ ? "body_timeout" : "body_too_slow", moment);
}

Connection::State Connection::expire(std::string_view reason, const Moment& moment) {
    refuse({ErrorCode::RequestTimeout, reason, "the request was not sent in time"});
    return advance(moment);
}

Connection::State Connection::drain(std::string& buffer, const Moment& moment) {
    // A request that is here already was sent before the peer could know.
    if (isIdle() && readable(buffer, moment) == State::Gone) return State::Gone;
    if (isIdle()) return State::Gone;
    if (phase_ == Phase::Reading && parser_.isIdle() && waiting_input_.empty())
        phase_ = Phase::Finishing;
    return settle(moment);
}

} // namespace hookgate::http
