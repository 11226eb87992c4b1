#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace hookgate::observability {

// Figures read at the moment of a scrape; filled by the composition root.
struct Gauges {
    std::int64_t events_pending = 0;
    std::int64_t events_processing = 0;
    std::int64_t events_retrying = 0;
    std::int64_t events_failed = 0;
    double oldest_due_age_seconds = 0;
    std::uint64_t ingest_batches = 0;
    std::uint64_t ingested_events = 0;
    std::uint64_t finish_batches = 0;
    std::uint64_t finished_results = 0;
    std::uint64_t fenced_results = 0;
    std::uint64_t failed_transactions = 0;
    std::uint64_t connections = 0;
    std::uint64_t log_lines_dropped = 0;
    std::uint64_t plugins_quarantined = 0;
    std::uint64_t plugin_threads_stuck = 0;
    std::uint64_t plugin_generation = 0;
    std::uint64_t plugin_libraries = 0;
};

// What is counted and timed, as Prometheus text. Labels take only values from small known sets
// (provider names with an integration, fixed outcomes), so that strangers cannot grow them. Safe to
// call from any thread.
class Metrics {
public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    // outcome: stored, duplicate, rejected, malformed, ignored, unavailable, overloaded,
    // rate_limited, handshake, error
    void webhook(std::string_view provider, std::string_view outcome) noexcept;
    // Of those that were authentic. key_id: of a secret of the integration, or "other"
    void webhookAuthentic(std::string_view provider, std::string_view key_id) noexcept;
    // reason: of a rejected or refused request, from a fixed set
    void rejection(std::string_view reason) noexcept;
    void authFailure() noexcept;
    void answered(int status) noexcept;
    // outcome: delivered, retry, failed
    void delivery(std::string_view integration, std::string_view outcome,
                  std::chrono::milliseconds took) noexcept;
    // step: verify, normalize, format
    void pluginCall(std::string_view provider, std::string_view step,
                    std::chrono::microseconds took) noexcept;

    // outcome: published, unchanged, refused; without dry runs
    void pluginReload(std::string_view outcome) noexcept;

    void pluginOverBudget(std::string_view provider, std::string_view step) noexcept;
    // reason: busy, quarantined
    void pluginCallRefused(std::string_view provider, std::string_view reason) noexcept;

    std::string exposition(const Gauges& gauges);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace hookgate::observability
