#include "core/app/status_report.hpp"

#include <algorithm>

namespace hookgate::app {
namespace {

// Due work that is not taken for so long means that deliveries do not keep up.
constexpr base::UnixMs kLateMs = 60'000;

} // namespace

void StatusReport::refreshQueue() {
    oldest_due_ = store_.queueDepth().oldest_due;
}

management::HealthCheck StatusReport::pluginCheck() const {
    if (!guard_.guard().quarantined().empty()) return {false, "a provider's plugin is quarantined"};
    const auto snapshot = directory_.snapshot();
    const bool all =
        std::all_of(snapshot->active_by_provider.begin(), snapshot->active_by_provider.end(),
                    [](const auto& entry) { return entry.second->provider != nullptr; });
    return all ? management::HealthCheck{}
               : management::HealthCheck{false, "an active integration is unavailable"};
}

management::HealthCheck StatusReport::queueCheck() const {
    const auto oldest = oldest_due_.load();
    const bool late = oldest != 0 && clock_.unixMs() - oldest > kLateMs;
    return late ? management::HealthCheck{false, "deliveries are behind"}
                : management::HealthCheck{};
}

management::HealthReport StatusReport::health() const {
    management::HealthReport report;
    const auto database = store_.health();
    report.database = {database.writable, database.detail};
    const auto coordination = coordinator_.health();
    report.coordination = {!coordination.degraded, coordination.detail};
    report.plugins = pluginCheck();
    report.queue = queueCheck();
    if (draining_)
        report.refusing = "draining";
    else if (!database.writable)
        report.refusing = "the store cannot write";
    return report;
}

observability::Gauges StatusReport::gauges(const Edge& edge) {
    const auto depth = store_.queueDepth();
    const auto counters = store_.counters();
    observability::Gauges gauges;
    gauges.events_pending = depth.pending;
    gauges.events_processing = depth.processing;
    gauges.events_retrying = depth.retrying;
    gauges.events_failed = depth.failed;
    if (depth.oldest_due != 0)
        gauges.oldest_due_age_seconds =
            static_cast<double>(std::max<base::UnixMs>(clock_.unixMs() - depth.oldest_due, 0)) /
            1000;
    gauges.ingest_batches = counters.ingest_batches;
    gauges.ingested_events = counters.ingested_events;
    gauges.finish_batches = counters.finish_batches;
    gauges.finished_results = counters.finished_results;
    gauges.fenced_results = counters.fenced_results;
    gauges.failed_transactions = counters.failed_transactions;
    gauges.connections = edge.connections();
    gauges.log_lines_dropped = log_.dropped();
    gauges.plugins_quarantined = guard_.guard().quarantined().size();
    gauges.plugin_threads_stuck = guard_.stuckThreads();
    return gauges;
}

} // namespace hookgate::app
