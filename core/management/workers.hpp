#pragma once

#include "core/base/batch_queue.hpp"
#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/http/message.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace hookgate::management {

// The threads that may wait for the database on behalf of the management API, and the bounded queue
// before them: a slow query holds up other queries at most, and never an I/O thread or ingest.
class Workers {
public:
    struct Job {
        std::unique_ptr<http::Request> request;
        http::Completion completion;
        const std::function<http::Reply(const http::Request&)>* action =
            nullptr;                // outlives the job
        base::BootMs queued_at = 0; // set by submit()
    };

    Workers(int count, std::size_t queue_capacity, const base::Clock& clock, base::Log& log);
    ~Workers(); // as stop()
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    // Safe to call from any thread; never blocks. A full queue answers 503.
    void submit(Job job) noexcept;

    // Works off what is queued, then ends the threads.
    void stop() noexcept;

private:
    void work();
    http::Reply run(const Job& job);

    const base::Clock& clock_;
    base::Log& log_;
    base::BatchQueue<Job> queue_;
    std::vector<std::jthread> threads_;
};

} // namespace hookgate::management
