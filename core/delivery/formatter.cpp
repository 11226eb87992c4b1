#include "core/delivery/formatter.hpp"

#include "core/base/thread.hpp"
#include "core/delivery/transfer.hpp"

#include <chrono>
#include <limits>
#include <utility>

namespace hookgate::delivery {
namespace {

// A provider gets at most half of them (plugin/guard).
constexpr std::size_t kThreads = 4;
// One plugin that takes its time must not hold what another thread could format.
constexpr std::size_t kPerTurn = 1;

} // namespace

// The queue needs no bound of its own: what is submitted holds a place among the sends.
Formatter::Formatter(observability::Metrics& metrics,
                     std::function<void(std::unique_ptr<Transfer>)> done)
    : metrics_{metrics},
      done_{std::move(done)},
      queue_{std::numeric_limits<std::size_t>::max()} {}

Formatter::~Formatter() {
    stop();
}

void Formatter::start() {
    for (std::size_t i = 0; i < kThreads; ++i)
        threads_.push_back(
            base::startThread("delivery-fmt-" + std::to_string(i), [this] { run(); }));
}

bool Formatter::submit(std::unique_ptr<Transfer>& transfer) {
    return queue_.push(std::move(transfer));
}

void Formatter::stop() noexcept {
    queue_.close();
    threads_.clear();
}

void Formatter::run() {
    std::vector<std::unique_ptr<Transfer>> transfers;
    while (queue_.take(transfers, kPerTurn)) {
        for (auto& transfer : transfers) {
            format(*transfer);
            done_(std::move(transfer));
        }
        transfers.clear();
    }
}

void Formatter::format(Transfer& transfer) {
    using std::chrono::steady_clock;
    const auto& item = transfer.waiting.item;
    const auto event_id = item.ref.event_id.text();
    const auto& integration = *transfer.route->integration;
    const auto began = steady_clock::now();
    auto outbound =
        integration.provider->format({.event_id = event_id,
                                      .external_id = item.external_id,
                                      .type = item.type,
                                      .subject = item.subject,
                                      .payload = item.payload,
                                      .occurred_at = item.occurred_at,
                                      .received_at = item.received_at,
                                      .attempt = static_cast<std::uint32_t>(item.attempts) + 1});
    if (outbound) {
        transfer.formatted = std::move(*outbound);
    } else {
        transfer.format_failure = std::move(outbound.error());
        if (transfer.format_failure->failure == plugin::CallFailure::Unsupported) return;
    }
    metrics_.pluginCall(
        integration.record.provider, "format",
        std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began));
}

} // namespace hookgate::delivery
