#include "core/observability/metrics.hpp"

#include "core/observability/metric_children.hpp"
#include "core/observability/process_figures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/registry.h>

namespace hookgate::observability {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

TEST(Metrics, CountsWebhooksByProviderAndOutcome) {
    Metrics metrics;
    metrics.webhook("acme", "stored");
    metrics.webhook("acme", "stored");
    metrics.webhook("globex", "rejected");
    const auto text = metrics.exposition({});
    EXPECT_THAT(text, HasSubstr("# TYPE hookgate_webhooks_total counter\n"));
    EXPECT_THAT(text,
                HasSubstr("hookgate_webhooks_total{outcome=\"stored\",provider=\"acme\"} 2\n"));
    EXPECT_THAT(text,
                HasSubstr("hookgate_webhooks_total{outcome=\"rejected\",provider=\"globex\"} 1\n"));
}

TEST(Metrics, CountsProofsBySecret) {
    Metrics metrics;
    metrics.webhookAuthentic("acme", "2025");
    metrics.webhookAuthentic("acme", "2026");
    metrics.webhookAuthentic("acme", "2026");
    const auto text = metrics.exposition({});
    EXPECT_THAT(
        text,
        HasSubstr("hookgate_webhooks_authentic_total{key_id=\"2025\",provider=\"acme\"} 1\n"));
    EXPECT_THAT(
        text,
        HasSubstr("hookgate_webhooks_authentic_total{key_id=\"2026\",provider=\"acme\"} 2\n"));
}

TEST(Metrics, CountsEverythingElse) {
    Metrics metrics;
    metrics.rejection("signature_mismatch");
    metrics.authFailure();
    metrics.answered(202);
    metrics.delivery("acme", "delivered", 30ms);
    metrics.pluginCall("acme", "verify", 30us);
    const auto text = metrics.exposition({});
    EXPECT_THAT(text, HasSubstr("hookgate_rejections_total{reason=\"signature_mismatch\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("hookgate_auth_failures_total 1\n"));
    EXPECT_THAT(text, HasSubstr("hookgate_http_responses_total{status=\"202\"} 1\n"));
    EXPECT_THAT(
        text,
        HasSubstr("hookgate_deliveries_total{integration=\"acme\",outcome=\"delivered\"} 1\n"));
    EXPECT_THAT(
        text,
        HasSubstr(
            "hookgate_delivery_duration_seconds_bucket{integration=\"acme\",outcome=\"delivered\","
            "le=\"0.05\"} 1\n"));
    EXPECT_THAT(
        text,
        HasSubstr(
            "hookgate_delivery_duration_seconds_bucket{integration=\"acme\",outcome=\"delivered\","
            "le=\"0.025\"} 0\n"));
    EXPECT_THAT(
        text,
        HasSubstr(
            "hookgate_plugin_call_duration_seconds_count{provider=\"acme\",step=\"verify\"} 1"));
}

TEST(Metrics, ShowsTheGaugesOfTheMoment) {
    Metrics metrics;
    const auto text = metrics.exposition({.events_pending = 3,
                                          .events_failed = 4,
                                          .oldest_due_age_seconds = 1.5,
                                          .ingest_batches = 7,
                                          .log_lines_dropped = 9});
    EXPECT_THAT(text, HasSubstr("# TYPE hookgate_events gauge\n"));
    EXPECT_THAT(text, HasSubstr("hookgate_events{status=\"pending\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("hookgate_events{status=\"failed\"} 4\n"));
    EXPECT_THAT(text, HasSubstr("hookgate_oldest_due_age_seconds 1.5\n"));
    EXPECT_THAT(text, HasSubstr("# TYPE hookgate_ingest_batches_total counter\n"));
    EXPECT_THAT(text, HasSubstr("hookgate_ingest_batches_total 7\n"));
    EXPECT_THAT(text, HasSubstr("hookgate_log_lines_dropped_total 9\n"));
    EXPECT_THAT(text, HasSubstr("process_resident_memory_bytes "));
}

TEST(Metrics, EscapesLabelValues) {
    Metrics metrics;
    metrics.rejection("a\"b\\c\nd");
    EXPECT_THAT(metrics.exposition({}),
                HasSubstr("hookgate_rejections_total{reason=\"a\\\"b\\\\c\\nd\"} 1\n"));
}

TEST(Metrics, CountsRightFromManyThreads) {
    Metrics metrics;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&metrics] {
                for (int i = 0; i < 1000; ++i)
                    metrics.webhook(i % 2 == 0 ? "a" : "b", "stored");
            });
    }
    const auto text = metrics.exposition({});
    EXPECT_THAT(text, HasSubstr("{outcome=\"stored\",provider=\"a\"} 2000\n"));
    EXPECT_THAT(text, HasSubstr("{outcome=\"stored\",provider=\"b\"} 2000\n"));
}

TEST(MetricChildren, ManyLabelValuesShareOneSeriesInTheEnd) {
    prometheus::Registry registry;
    auto& family = prometheus::BuildCounter().Name("things_total").Help("").Register(registry);
    MetricChildren<prometheus::Counter, 1> children{
        {"name"}, [&](const prometheus::Labels& labels) -> prometheus::Counter& {
            return family.Add(labels);
        }};
    for (int i = 0; i < 5000; ++i)
        children.at({std::to_string(i)}).Increment();
    const auto collected = registry.Collect();
    ASSERT_EQ(collected.size(), 1U);
    EXPECT_EQ(collected[0].metric.size(), children.kMost + 1);
    EXPECT_EQ(children.at({"17"}).Value(), 1);
    EXPECT_EQ(children.at({"4999"}).Value(), 4000);
}

TEST(ProcessFigures, AreThoseOfThisProcess) {
    const auto figures = readProcessFigures();
    EXPECT_GT(figures.resident_bytes, 1'000'000);
    EXPECT_GT(figures.virtual_bytes, figures.resident_bytes);
    EXPECT_GE(figures.open_descriptors, 3);
    EXPECT_LE(figures.open_descriptors, figures.descriptors_max);
    EXPECT_GE(figures.threads, 1);
    EXPECT_GT(figures.start_time_seconds, 1'600'000'000);
    EXPECT_LE(figures.start_time_seconds, static_cast<double>(::time(nullptr)) + 2);
}

} // namespace
} // namespace hookgate::observability
