#pragma once

#include "core/base/batch_queue.hpp"
#include "core/observability/metrics.hpp"

#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace hookgate::delivery {

class Transfer;

// Calls the plugins' format() on threads of its own: plugin code takes as long as it takes, and the
// send loop must not wait for it.
class Formatter {
public:
    // `done` gets every submitted transfer back, on a thread of the formatter; it may not throw.
    Formatter(observability::Metrics& metrics, std::function<void(std::unique_ptr<Transfer>)> done);
    ~Formatter();
    Formatter(const Formatter&) = delete;
    Formatter& operator=(const Formatter&) = delete;

    void start();
    // False: stopped, the transfer is untouched. From the send loop's thread.
    bool submit(std::unique_ptr<Transfer>& transfer);
    // Ends when what was submitted is done; idempotent.
    void stop() noexcept;

private:
    void run();
    void format(Transfer& transfer);

    observability::Metrics& metrics_;
    std::function<void(std::unique_ptr<Transfer>)> done_;
    base::BatchQueue<std::unique_ptr<Transfer>> queue_;
    std::vector<std::jthread> threads_;
};

} // namespace hookgate::delivery
