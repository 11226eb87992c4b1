#include "core/observability/gauge_families.hpp"

#include <string>
#include <string_view>

namespace hookgate::observability {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

class Appender {
public:
    explicit Appender(std::vector<MetricFamily>& families) : families_{families} {}

    template <class Number>
    Appender& gauge(const char* name, const char* help, Number value) {
        auto& metric = begin(name, help, MetricType::Gauge).metric.emplace_back();
        metric.gauge.value = static_cast<double>(value);
        return *this;
    }

    template <class Number>
    Appender& counter(const char* name, const char* help, Number value) {
        auto& metric = begin(name, help, MetricType::Counter).metric.emplace_back();
        metric.counter.value = static_cast<double>(value);
        return *this;
    }

    MetricFamily& begin(const char* name, const char* help, MetricType type) {
        return families_.emplace_back(MetricFamily{name, help, type, {}});
    }

private:
    std::vector<MetricFamily>& families_;
};

void addStatus(MetricFamily& family, const char* status, std::int64_t events) {
    auto& metric = family.metric.emplace_back();
    metric.label.push_back({"status", status});
    metric.gauge.value = static_cast<double>(events);
}

} // namespace

void appendGauges(std::vector<MetricFamily>& families, const Gauges& gauges) {
    Appender append{families};
    auto& events = append.begin("hookgate_events", "Events that are not processed, by status.",
                                MetricType::Gauge);
    addStatus(events, "pending", gauges.events_pending);
    addStatus(events, "processing", gauges.events_processing);
    addStatus(events, "retrying", gauges.events_retrying);
    addStatus(events, "failed", gauges.events_failed);
    append
        .gauge("hookgate_oldest_due_age_seconds",
               "How long the oldest event that could be sent has waited.",
               gauges.oldest_due_age_seconds)
        .counter("hookgate_ingest_batches_total", "Transactions that stored webhooks.",
                 gauges.ingest_batches)
        .counter("hookgate_ingested_events_total", "Events stored.", gauges.ingested_events)
        .counter("hookgate_finish_batches_total", "Transactions that stored delivery results.",
                 gauges.finish_batches)
        .counter("hookgate_finished_results_total", "Delivery results stored.",
                 gauges.finished_results)
        .counter("hookgate_fenced_results_total",
                 "Delivery results dropped because somebody else had claimed the event.",
                 gauges.fenced_results)
        .counter("hookgate_failed_transactions_total", "Transactions that failed.",
                 gauges.failed_transactions)
        .gauge("hookgate_connections", "Open HTTP connections.", gauges.connections)
        .gauge("hookgate_plugin_generation", "The generation of plugins that serves.",
               gauges.plugin_generation)
        .gauge("hookgate_plugin_libraries",
               "Plugin libraries mapped, those that serve no more included.",
               gauges.plugin_libraries)
        .gauge("hookgate_plugins_quarantined", "Providers whose plugin is quarantined.",
               gauges.plugins_quarantined)
        .gauge("hookgate_plugin_threads_stuck", "Threads that do not come back from a plugin.",
               gauges.plugin_threads_stuck)
        .counter("hookgate_log_lines_dropped_total", "Log lines lost to a slow or broken reader.",
                 gauges.log_lines_dropped);
}

void appendProcessFigures(std::vector<MetricFamily>& families, const ProcessFigures& figures) {
    Appender{families}
        .counter("process_cpu_seconds_total", "User and system CPU time spent.",
                 figures.cpu_seconds)
        .gauge("process_resident_memory_bytes", "Resident memory.", figures.resident_bytes)
        .gauge("process_virtual_memory_bytes", "Virtual memory.", figures.virtual_bytes)
        .gauge("process_open_fds", "Open file descriptors.", figures.open_descriptors)
        .gauge("process_max_fds", "Limit of open file descriptors.", figures.descriptors_max)
        .gauge("process_threads", "Threads.", figures.threads)
        .gauge("process_start_time_seconds", "When the process started, since 1970.",
               figures.start_time_seconds);
}

} // namespace hookgate::observability
