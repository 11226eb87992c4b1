#pragma once

#include "core/http/head.hpp"
#include "core/http/head_scanner.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <llhttp/llhttp.h>

namespace hookgate::http {

// Turns the bytes of one connection into requests. llhttp does the framing; readHead judges the
// head; both must agree. One thread at a time; not movable (llhttp points back at it).
class RequestParser {
public:
    struct Limits {
        std::size_t header_bytes_max = 16UL * 1024;
        HeadLimits head;
    };

    enum class Step {
        NeedMore, // all input is consumed
        Head,     // the head is complete and accepted; the body follows
        Complete, // take() the request; input may hold the next one
        Failed    // failure(); nothing more can be read from this connection
    };

    explicit RequestParser(const Limits& limits);
    RequestParser(const RequestParser&) = delete;
    RequestParser& operator=(const RequestParser&) = delete;

    // Consumes from the front of `input`.
    Step feed(std::string_view& input);

    // REQUIRES: the last step was Complete. The next request may follow.
    std::unique_ptr<Request> take();

    // Lets go of the request under way; nothing more is read.
    void abandon() noexcept;

    const HeadError& failure() const noexcept { return failure_; }

    const HeadInfo& head() const noexcept { return head_; }

    // Nothing of a request has arrived.
    bool isIdle() const noexcept { return phase_ == Phase::Head && !request_; }

    bool inBody() const noexcept { return phase_ == Phase::Body || phase_ == Phase::Trailers; }

    std::size_t bodyBytes() const noexcept { return request_ ? request_->body.size() : 0; }

    // What the request under way holds in memory.
    std::size_t bytesHeld() const noexcept;

private:
    enum class Phase { Head, Body, Trailers, Complete, Failed };

    struct Callbacks;

    void restart() noexcept;
    Step feedHead(std::string_view& input);
    Step feedBody(std::string_view& input);
    Step feedTrailers(std::string_view& input);
    void appendHead(std::string_view part, bool is_whole);
    Step headTooLarge();
    Step headComplete();
    bool llhttpAgrees();
    Step fail(HeadError error);
    Step failBody();
    bool hasRoomFor(std::uint64_t body_bytes) noexcept;
    bool takeBody(const char* data, std::size_t size);

    const Limits& limits_;
    llhttp_t llhttp_{};
    HeadScanner scanner_;
    bool skipped_blank_line_ = false;
    Phase phase_ = Phase::Head;
    std::unique_ptr<Request> request_;
    HeadInfo head_;
    HeadError failure_;
    std::string trailers_;
    bool too_large_ = false;
    std::size_t overhead_bytes_ = 0; // of chunk sizes, extensions and trailers
};

} // namespace hookgate::http
