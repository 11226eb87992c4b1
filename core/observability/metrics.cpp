#include "core/observability/metrics.hpp"

#include "core/observability/gauge_families.hpp"
#include "core/observability/metric_children.hpp"
#include "core/observability/process_figures.hpp"

#include <functional>
#include <sstream>
#include <string>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace hookgate::observability {
namespace {

using prometheus::Counter;
using prometheus::Histogram;
using prometheus::Labels;
using MakeCounter = std::function<Counter&(const Labels&)>;
using MakeHistogram = std::function<Histogram&(const Labels&)>;

// Seconds. A callback may take as long as DELIVERY_TIMEOUT_MS, a plugin call should take
// microseconds.
const Histogram::BucketBoundaries kDeliveryBuckets{0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                   0.5,   1,    2.5,   5,    10,  30};
const Histogram::BucketBoundaries kPluginBuckets{0.00001, 0.000025, 0.00005, 0.0001, 0.00025,
                                                 0.0005,  0.001,    0.005,   0.025,  0.1};

template <class Duration>
double seconds(Duration took) noexcept {
    return std::chrono::duration<double>{took}.count();
}

// A figure that cannot be kept for want of memory is lost; the gateway goes on.
template <class Count>
void count(Count&& how) noexcept {
    try {
        how();
    } catch (...) { // as said
    }
}

} // namespace

struct Metrics::Impl {
    prometheus::Registry registry;

    MakeCounter counters(const char* name, const char* help) {
        auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(registry);
        return [&family](const Labels& labels) -> Counter& { return family.Add(labels); };
    }

    MakeHistogram histograms(const char* name, const char* help,
                             const Histogram::BucketBoundaries& buckets) {
        auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
        return [&family, &buckets](const Labels& labels) -> Histogram& {
            return family.Add(labels, buckets);
        };
    }

    MetricChildren<Counter, 2> webhooks{
        {"provider", "outcome"},
        counters("hookgate_webhooks_total", "Webhooks by what became of them.")};
    MetricChildren<Counter, 2> webhooks_authentic{
        {"provider", "key_id"},
        counters("hookgate_webhooks_authentic_total",
                 "Webhooks that were found authentic, by the secret that proved them.")};
    MetricChildren<Counter, 1> rejections{
        {"reason"}, counters("hookgate_rejections_total", "Requests refused, by reason.")};
    Counter& auth_failures =
        counters("hookgate_auth_failures_total", "Management requests without the right key.")({});
    MetricChildren<Counter, 1> responses{
        {"status"}, counters("hookgate_http_responses_total", "HTTP answers by status.")};
    MetricChildren<Counter, 2> deliveries{
        {"integration", "outcome"},
        counters("hookgate_deliveries_total", "Sends to callbacks by what became of them.")};
    MetricChildren<Histogram, 2> delivery_seconds{
        {"integration", "outcome"},
        histograms("hookgate_delivery_duration_seconds", "How long a send to a callback took.",
                   kDeliveryBuckets)};
    MetricChildren<Counter, 2> plugin_over_budget{
        {"provider", "step"},
        counters("hookgate_plugin_calls_over_budget_total",
                 "Calls into a plugin that took longer than they should.")};
    MetricChildren<Counter, 2> plugin_calls_refused{
        {"provider", "reason"},
        counters("hookgate_plugin_calls_refused_total",
                 "Calls that a plugin was not given, by why: busy, quarantined.")};
    MetricChildren<Histogram, 2> plugin_seconds{
        {"provider", "step"},
        histograms("hookgate_plugin_call_duration_seconds", "How long a call into a plugin took.",
                   kPluginBuckets)};
    MetricChildren<Counter, 1> plugin_reloads{
        {"outcome"},
        counters("hookgate_plugin_reloads_total",
                 "Reloads and rollbacks of plugins by what became of them.")};
};

Metrics::Metrics() : impl_{std::make_unique<Impl>()} {}

Metrics::~Metrics() = default;

void Metrics::webhook(std::string_view provider, std::string_view outcome) noexcept {
    count([&] { impl_->webhooks.at({provider, outcome}).Increment(); });
}

void Metrics::webhookAuthentic(std::string_view provider, std::string_view key_id) noexcept {
    count([&] { impl_->webhooks_authentic.at({provider, key_id}).Increment(); });
}

void Metrics::rejection(std::string_view reason) noexcept {
    count([&] { impl_->rejections.at({reason}).Increment(); });
}

void Metrics::authFailure() noexcept {
    impl_->auth_failures.Increment();
}

void Metrics::answered(int status) noexcept {
    count([&] { impl_->responses.at({std::to_string(status)}).Increment(); });
}

void Metrics::delivery(std::string_view integration, std::string_view outcome,
                       std::chrono::milliseconds took) noexcept {
    count([&] {
        impl_->deliveries.at({integration, outcome}).Increment();
        impl_->delivery_seconds.at({integration, outcome}).Observe(seconds(took));
    });
}

void Metrics::pluginCall(std::string_view provider, std::string_view step,
                         std::chrono::microseconds took) noexcept {
    count([&] { impl_->plugin_seconds.at({provider, step}).Observe(seconds(took)); });
}

void Metrics::pluginReload(std::string_view outcome) noexcept {
    count([&] { impl_->plugin_reloads.at({outcome}).Increment(); });
}

void Metrics::pluginOverBudget(std::string_view provider, std::string_view step) noexcept {
    count([&] { impl_->plugin_over_budget.at({provider, step}).Increment(); });
}

void Metrics::pluginCallRefused(std::string_view provider, std::string_view reason) noexcept {
    count([&] { impl_->plugin_calls_refused.at({provider, reason}).Increment(); });
}

std::string Metrics::exposition(const Gauges& gauges) {
    auto families = impl_->registry.Collect();
    appendGauges(families, gauges);
    appendProcessFigures(families, readProcessFigures());
    std::ostringstream out;
    prometheus::TextSerializer{}.Serialize(out, families);
    return std::move(out).str();
}

} // namespace hookgate::observability
