#pragma once

#include "core/coordination/coordinator.hpp"
#include "core/pipeline/hand_over.hpp"
#include "core/plugin/provider.hpp"
#include "core/store/event_store.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace hookgate::pipeline {

// Keeps replies in order of arrival.
class RecordingSink final : public http::ReplySink {
public:
    void deliver(std::uint64_t ticket, http::Reply reply) noexcept override {
        const std::lock_guard lock{mutex_};
        replies_.emplace_back(ticket, std::move(reply));
    }

    std::vector<std::pair<std::uint64_t, http::Reply>> replies() const {
        const std::lock_guard lock{mutex_};
        return replies_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::pair<std::uint64_t, http::Reply>> replies_;
};

class SilentLog final : public base::Log {
public:
    bool enabled(base::LogLevel) const noexcept override { return true; }

    void write(base::LogLevel level, std::string_view event, base::LogFields) noexcept override {
        if (level <= base::LogLevel::Error) errors.emplace_back(event);
    }

    std::vector<std::string> errors;
};

// A provider whose every outcome the test sets.
class ScriptedProvider final : public plugin::Provider {
public:
    base::Result<plugin::Verdict, plugin::CallError> verdict =
        plugin::Verdict{.decision = plugin::Decision::Accept};
    base::Result<std::vector<plugin::NormalizedEvent>, plugin::CallError> events =
        std::vector<plugin::NormalizedEvent>{
            {.external_id = "e1", .type = "order.paid", .payload = "{\"n\":1.10}"}};
    std::string secret_header;
    std::string extra_method;
    mutable int normalized = 0;
    mutable std::string url; // of the last request
    mutable std::string path;
    plugin::Contract declared;
    std::function<void()> verifying; // within each call, when it is set

    const plugin::Contract& contract() const noexcept override { return declared; }

    base::Result<plugin::Verdict, plugin::CallError> verify(
        const plugin::InboundRequest& request) const noexcept override {
        url = request.url;
        path = request.path;
        if (verifying) verifying();
        return verdict;
    }

    base::Result<std::vector<plugin::NormalizedEvent>, plugin::CallError> normalize(
        const plugin::InboundRequest&) const noexcept override {
        ++normalized;
        return events;
    }

    base::Result<plugin::Outbound, plugin::CallError> format(
        const plugin::DeliveryView&) const noexcept override {
        return base::Error{plugin::CallError{plugin::CallFailure::Unsupported, ""}};
    }

    bool acceptsMethod(std::string_view method) const noexcept override {
        return method == extra_method;
    }

    bool isSecretHeader(std::string_view name) const noexcept override {
        return name == secret_header;
    }
};

// Completes every item at once with the outcome the test set, and keeps what it was given.
class ScriptedStore final : public store::EventStore {
public:
    bool durable = true;
    bool duplicate = false;
    bool conflict = false;
    domain::Uuid life{{7}};
    std::vector<domain::NewWebhook> webhooks;

    void ingest(std::unique_ptr<store::IngestItem> item) noexcept override {
        webhooks.push_back(item->webhook);
        store::IngestOutcome outcome{
            .durable = durable, .events = {}, .lease_expires = 99, .incarnation = life};
        if (durable)
            for (const auto& event : item->webhook.events)
                outcome.events.push_back({event.id, duplicate, conflict});
        item->completed(outcome);
    }

    void finish(domain::DeliveryResult) noexcept override {}

    void audit(domain::AuditEntry) noexcept override {}

    std::vector<domain::WorkItem> claim(std::span<const store::ClaimRequest>,
                                        std::chrono::milliseconds) override {
        return {};
    }

    Renewal renew(std::span<const domain::WorkRef>, std::chrono::milliseconds) override {
        return {};
    }

    void release(std::span<const domain::WorkRef>) override {}

    std::optional<std::chrono::milliseconds> untilNextDue() override { return std::nullopt; }

    void flush() override {}

    std::optional<store::ReplayReceipt> replay(const domain::ReplayCommand&) override {
        return std::nullopt;
    }

    std::vector<domain::Integration> upsertIntegrations(
        std::span<const domain::Integration>) override {
        return {};
    }

    std::vector<domain::Integration> integrations() override { return {}; }

    std::int64_t integrationsVersion() override { return 0; }

    std::size_t retain(domain::UnixMs) override { return 0; }

    store::QueueDepth queueDepth() override { return {}; }

    store::StoreHealth health() const noexcept override { return {}; }

    store::StoreCounters counters() const noexcept override { return {}; }

    domain::Uuid installationId() const noexcept override { return {}; }

    domain::Uuid incarnation() const noexcept override { return life; }
};

class ScriptedCoordinator final : public coordination::Coordinator {
public:
    bool admitted = true;
    std::vector<std::string> keys;

    coordination::Admission admit(std::string_view key, std::int64_t) noexcept override {
        keys.emplace_back(key);
        return {.admitted = admitted, .retry_after = std::chrono::seconds{7}};
    }

    std::map<std::string, coordination::Marker, std::less<>> markers;
    int counts = 0; // of admitAll()

    void admitAll(std::span<const std::string_view> names, std::int64_t limit,
                  std::span<coordination::Admission> admissions) noexcept override {
        ++counts;
        Coordinator::admitAll(names, limit, admissions);
    }

    void remember(std::string_view key, const coordination::Marker& marker,
                  std::chrono::seconds) noexcept override {
        markers.insert_or_assign(std::string{key}, marker);
    }

    std::optional<coordination::Marker> recall(std::string_view key) noexcept override {
        const auto found = markers.find(key);
        if (found == markers.end()) return std::nullopt;
        return found->second;
    }

    std::optional<std::string> lock(std::string_view, std::chrono::seconds) noexcept override {
        return std::nullopt;
    }

    void unlock(std::string_view, std::string_view) noexcept override {}

    coordination::CoordinatorHealth health() const noexcept override { return {}; }
};

class RecordingHandOver final : public HandOver {
public:
    bool has_room = true;
    std::size_t reserved_bytes = 0;
    int wakes = 0;
    std::vector<domain::WorkItem> items;

    bool reserve(const domain::Uuid&, std::size_t bytes) noexcept override {
        if (has_room) reserved_bytes += bytes;
        return has_room;
    }

    void cancel(const domain::Uuid&, std::size_t bytes) noexcept override {
        reserved_bytes -= bytes;
    }

    void handOver(domain::WorkItem item) noexcept override {
        reserved_bytes -= item.payload.size();
        items.push_back(std::move(item));
    }

    void wake() noexcept override { ++wakes; }
};

} // namespace hookgate::pipeline
