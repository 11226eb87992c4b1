#pragma once

#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/base/uuid.hpp"
#include "core/delivery/delivery.hpp"
#include "core/observability/metrics.hpp"
#include "core/plugin/directory.hpp"
#include "tests/support/callback_server.hpp"
#include "tests/support/memory_event_store.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace hookgate::delivery {

// The system's clock, moved as the test likes.
class MovedClock final : public base::Clock {
public:
    base::UnixMs unixMs() const noexcept override { return system_.unixMs() + moved_; }

    base::BootMs bootMs() const noexcept override { return system_.bootMs() + moved_; }

    void advance(std::chrono::milliseconds by) { moved_ += by.count(); }

private:
    base::SystemClock system_;
    std::atomic<std::int64_t> moved_{0};
};

class RecordingLog final : public base::Log {
public:
    bool enabled(base::LogLevel level) const noexcept override {
        return level <= base::LogLevel::Information;
    }

    void write(base::LogLevel, std::string_view event, base::LogFields) noexcept override {
        const std::lock_guard lock{mutex_};
        events_.emplace_back(event);
    }

    std::size_t count(std::string_view event) const {
        const std::lock_guard lock{mutex_};
        return static_cast<std::size_t>(std::count(events_.begin(), events_.end(), event));
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> events_;
};

// Formats as the test says, or not at all.
class FormattingProvider final : public plugin::Provider {
public:
    using Format = std::function<base::Result<plugin::Outbound, plugin::CallError>(
        const plugin::DeliveryView&)>;

    explicit FormattingProvider(Format format = {}) : format_{std::move(format)} {}

    mutable std::atomic<int> format_calls{0};

    base::Result<plugin::Verdict, plugin::CallError> verify(
        const plugin::InboundRequest&) const noexcept override {
        return plugin::Verdict{};
    }

    base::Result<std::vector<plugin::NormalizedEvent>, plugin::CallError> normalize(
        const plugin::InboundRequest&) const noexcept override {
        return std::vector<plugin::NormalizedEvent>{};
    }

    base::Result<plugin::Outbound, plugin::CallError> format(
        const plugin::DeliveryView& view) const noexcept override {
        ++format_calls;
        if (format_) return format_(view);
        return base::Error{plugin::CallError{plugin::CallFailure::Unsupported, ""}};
    }

    bool acceptsMethod(std::string_view) const noexcept override { return false; }

    bool isSecretHeader(std::string_view) const noexcept override { return false; }

private:
    Format format_;
};

// A delivery over a store in memory; integrations are added, then start() is called.
class DeliveryFixture : public ::testing::Test {
protected:
    MovedClock clock;
    base::UuidGenerator ids{clock};
    test::MemoryEventStore store{clock};
    plugin::Directory directory;
    observability::Metrics metrics;
    RecordingLog log;
    DeliveryOptions options{.delivery_timeout = std::chrono::milliseconds{2000},
                            .retry_base_delay = std::chrono::milliseconds{60'000}};
    std::optional<Delivery> delivery;

    base::Uuid addIntegration(
        const std::string& callback_url,
        std::shared_ptr<const plugin::Provider> provider = std::make_shared<FormattingProvider>()) {
        auto integration = std::make_shared<plugin::ActiveIntegration>();
        integration->record.id = ids.next();
        integration->record.provider = "provider" + std::to_string(++integrations_);
        integration->callback_url = callback_url;
        integration->provider = std::move(provider);
        publish(integration);
        return integration->record.id;
    }

    void publish(std::shared_ptr<const plugin::ActiveIntegration> integration) {
        auto next = std::make_shared<plugin::Directory::Snapshot>(*directory.snapshot());
        next->by_id[integration->record.id] = integration;
        directory.publish(std::move(next));
    }

    // Replaces an integration by a changed copy.
    void change(const base::Uuid& id,
                const std::function<void(plugin::ActiveIntegration&)>& change_it) {
        auto copy =
            std::make_shared<plugin::ActiveIntegration>(*directory.snapshot()->by_id.at(id));
        change_it(*copy);
        publish(copy);
    }

    void start() {
        delivery.emplace(options, store, directory, metrics, log, clock);
        delivery->start();
    }

    domain::WorkItem newEvent(const base::Uuid& integration,
                              std::string payload = R"({"n":1.10})") {
        domain::WorkItem item;
        item.ref.event_id = ids.next();
        item.integration_id = integration;
        item.correlation_id = "correlation-1";
        item.type = "order.paid";
        item.payload = std::move(payload);
        return item;
    }

    // As ingest does: reserve, insert leased, hand over.
    bool handOver(domain::WorkItem item) {
        const auto bytes = item.payload.size();
        if (!delivery->reserve(item.integration_id, bytes)) return false;
        delivery->handOver(store.addLeased(std::move(item), options.lease()));
        return true;
    }

    // Sends one event and returns what was recorded.
    domain::DeliveryResult sendOne(domain::WorkItem item) {
        const auto before = store.resultCount();
        EXPECT_TRUE(handOver(std::move(item)));
        EXPECT_TRUE(store.waitForResults(before + 1));
        const auto results = store.results();
        return results.empty() ? domain::DeliveryResult{} : results.back();
    }

    domain::DeliveryResult sendTo(const std::string& url) {
        const auto integration = addIntegration(url);
        if (!delivery) start();
        return sendOne(newEvent(integration));
    }

private:
    int integrations_ = 0;
};

} // namespace hookgate::delivery
