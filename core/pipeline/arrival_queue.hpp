#pragma once

#include "core/pipeline/intake.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::pipeline {

// Webhooks that wait for a worker, in a line for each provider. What a worker takes at once is of
// one provider, so that no webhook shares the fate of another's plugin; a provider with fewer
// workers comes first, and none fills more than half of the queue. Any number of writers and
// workers.
class ArrivalQueue {
    struct Line;

public:
    // What one worker works off at once.
    struct Turn {
        std::vector<Intake::Arrival> arrivals;

    private:
        friend class ArrivalQueue;
        Line* line_ = nullptr;
    };

    explicit ArrivalQueue(std::size_t capacity) : capacity_{capacity} {}

    // False when the queue or the provider's half of it is full, or when it is closed; the arrival
    // is then untouched. Lines are kept: `provider` is one that is configured, or empty.
    bool push(std::string_view provider, Intake::Arrival&& arrival);

    // Ends the turn before and waits for the next, of up to `most` arrivals. False: closed and
    // empty, the worker is done.
    bool take(Turn& turn, std::size_t most);

    // No further push succeeds; workers drain what is left.
    void close();

private:
    struct Line {
        std::deque<Intake::Arrival> arrivals;
        std::size_t turns = 0;   // under way
        std::uint64_t place = 0; // among the lines that wait
    };

    // REQUIRES: mutex_ held, and something waits.
    Line& next();

    const std::size_t capacity_;
    std::mutex mutex_;
    std::condition_variable filled_;
    std::map<std::string, Line, std::less<>> lines_;
    std::size_t size_ = 0;
    std::size_t waiting_ = 0; // workers
    std::uint64_t places_ = 0;
    bool closed_ = false;
};

} // namespace hookgate::pipeline
