#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::plugin {

// How a request ended, as far as its sender is concerned.
enum class Outcome { Accepted, Duplicate, Ignored, Rejected, Malformed, Unavailable };

// What an outcome is answered with instead of the gateway's own answer.
struct Answer {
    Outcome outcome = Outcome::Accepted;
    int status = 200;
    std::string content_type{}; // empty without a body
    std::string body{};
};

// What a plugin declares of its provider's habits, for the gateway to keep. Immutable.
struct Contract {
    std::vector<std::string> content_types{}; // lower case, without parameters; none: any
    std::vector<Answer> answers{};
    std::vector<int> retries_on{}; // statuses after which the provider sends again; none: unknown
    bool sends_once = false;       // it never sends again
    std::chrono::milliseconds deadline{0};  // how long it waits for an answer; 0: unknown
    std::chrono::milliseconds tolerance{0}; // of signed times, either way; 0: not checked
    std::size_t body_bytes_max = 0;         // 0: the gateway's own limit

    // Null: the gateway's own.
    const Answer* answerTo(Outcome outcome) const noexcept;
    // Whether a request with this Content-Type header may be read.
    bool takes(std::string_view content_type) const noexcept;
};

std::string_view nameOf(Outcome outcome) noexcept;

} // namespace hookgate::plugin
