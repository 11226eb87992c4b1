#pragma once

#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/http/message.hpp"
#include "core/store/event_queries.hpp"
#include "core/store/event_store.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace hookgate::management::test {

inline domain::Uuid uuid(int number) {
    domain::Uuid id;
    id.bytes.back() = static_cast<std::uint8_t>(number);
    return id;
}

class FakeClock final : public base::Clock {
public:
    base::UnixMs unixMs() const noexcept override { return unix_ms; }

    base::BootMs bootMs() const noexcept override { return boot_ms; }

    std::atomic<base::UnixMs> unix_ms{1'764'000'000'042};
    std::atomic<base::BootMs> boot_ms{1000};
};

class SilentLog final : public base::Log {
public:
    bool enabled(base::LogLevel) const noexcept override { return true; }

    void write(base::LogLevel, std::string_view, base::LogFields) noexcept override { ++lines; }

    std::atomic<int> lines{0};
};

// Remembers what it was asked for and answers what the test put in; `fail` is called first.
class FakeQueries final : public store::EventQueries {
public:
    store::Page<store::EventRow> events(const store::EventFilter& filter,
                                        store::PageRequest page) override {
        if (fail) fail();
        event_filter = filter;
        asked_page = page;
        return event_page;
    }

    std::optional<store::EventDetails> event(const domain::Uuid& id) override {
        if (fail) fail();
        if (details && details->event.id == id) return details;
        return std::nullopt;
    }

    store::Page<store::AttemptRow> attempts(const store::AttemptFilter& filter,
                                            store::PageRequest page) override {
        attempt_filter = filter;
        asked_page = page;
        return attempt_page;
    }

    store::Page<domain::AuditEntry> auditEntries(const store::AuditFilter& filter,
                                                 store::PageRequest page) override {
        audit_filter = filter;
        asked_page = page;
        return audit_page;
    }

    std::function<void()> fail;
    std::optional<store::EventFilter> event_filter;
    std::optional<store::AttemptFilter> attempt_filter;
    std::optional<store::AuditFilter> audit_filter;
    store::PageRequest asked_page;
    store::Page<store::EventRow> event_page;
    store::Page<store::AttemptRow> attempt_page;
    store::Page<domain::AuditEntry> audit_page;
    std::optional<store::EventDetails> details;
};

class FakeStore final : public store::EventStore {
public:
    void ingest(std::unique_ptr<store::IngestItem>) noexcept override {}

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

    std::optional<store::ReplayReceipt> replay(const domain::ReplayCommand& command) override {
        replays.push_back(command);
        return receipt;
    }

    std::vector<domain::Integration> upsertIntegrations(
        std::span<const domain::Integration>) override {
        return {};
    }

    std::vector<domain::Integration> integrations() override { return stored_integrations; }

    std::int64_t integrationsVersion() override { return 1; }

    std::size_t retain(domain::UnixMs) override { return 0; }

    store::QueueDepth queueDepth() override { return {}; }

    store::StoreHealth health() const noexcept override { return {}; }

    store::StoreCounters counters() const noexcept override { return {}; }

    domain::Uuid installationId() const noexcept override { return {}; }

    std::vector<domain::ReplayCommand> replays;
    std::optional<store::ReplayReceipt> receipt;
    std::vector<domain::Integration> stored_integrations;
};

// Keeps the replies it is given by ticket.
class RecordingSink final : public http::ReplySink {
public:
    void deliver(std::uint64_t ticket, http::Reply reply) noexcept override {
        {
            const std::lock_guard lock{mutex_};
            replies_.emplace_back(ticket, std::move(reply));
        }
        arrived_.notify_all();
    }

    // The first reply to `ticket`; nullopt when none came within 10 s.
    std::optional<http::Reply> await(std::uint64_t ticket) {
        std::unique_lock lock{mutex_};
        std::optional<http::Reply> found;
        arrived_.wait_for(lock, std::chrono::seconds{10}, [&] {
            for (const auto& [number, reply] : replies_)
                if (number == ticket) found = reply;
            return found.has_value();
        });
        return found;
    }

private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::vector<std::pair<std::uint64_t, http::Reply>> replies_;
};

// A request with headers that point into itself, built piece by piece.
class RequestBuilder {
public:
    RequestBuilder& query(std::string text) {
        request_->query = std::move(text);
        return *this;
    }

    RequestBuilder& header(std::string name, std::string value) {
        pieces_->emplace_back(std::move(name), std::move(value));
        return *this;
    }

    RequestBuilder& parameter(std::string_view name, std::string value) {
        request_->parameters.emplace_back(name, std::move(value));
        return *this;
    }

    RequestBuilder& body(std::string text) {
        request_->body = std::move(text);
        return *this;
    }

    // Valid while the builder lives.
    const http::Request& get() {
        request_->headers.clear();
        for (const auto& [name, value] : *pieces_)
            request_->headers.push_back({name, value});
        return *request_;
    }

private:
    std::unique_ptr<http::Request> request_ = std::make_unique<http::Request>();
    std::unique_ptr<std::vector<std::pair<std::string, std::string>>> pieces_ =
        std::make_unique<std::vector<std::pair<std::string, std::string>>>();
};

inline nlohmann::json json(const http::Reply& reply) {
    return nlohmann::json::parse(reply.body);
}

// The fields a 400 complains about, in order.
inline std::vector<std::string> complaints(const http::Reply& reply) {
    std::vector<std::string> fields;
    const auto answer = json(reply);
    for (const auto& detail : answer.at("error").at("details"))
        fields.push_back(detail.at("field").get<std::string>());
    return fields;
}

inline std::string headerOf(const http::Reply& reply, std::string_view name) {
    for (const auto& [key, value] : reply.headers)
        if (key == name) return value;
    return {};
}

} // namespace hookgate::management::test
