#pragma once

#include "core/base/clock.hpp"
#include "core/base/crypto.hpp"
#include "core/store/event_store.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <sys/resource.h>

// A load for stores, the same for each: what is in flight, what is written, what it took.
namespace hookgate::bench {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kBodyBytes = 700;

class SilentLog final : public base::Log {
public:
    bool enabled(base::LogLevel level) const noexcept override {
        return level <= base::LogLevel::Warning;
    }

    void write(base::LogLevel, std::string_view event, base::LogFields) noexcept override {
        std::cerr << event << '\n';
    }
};

// As many as are in flight at once.
class Window {
public:
    explicit Window(std::size_t free) : free_{free}, size_{free} {}

    void enter() {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return free_ > 0; });
        --free_;
    }

    void leave() {
        {
            const std::lock_guard lock{mutex_};
            ++free_;
        }
        changed_.notify_one();
    }

    void awaitEmpty() {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return free_ == size_; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t free_;
    const std::size_t size_;
};

inline domain::NewWebhook webhookFor(base::UuidGenerator& ids, const base::Clock& clock,
                                     const domain::Integration& integration, bool leased) {
    domain::NewWebhook webhook;
    webhook.id = ids.next();
    webhook.integration_id = integration.id;
    webhook.provider = integration.provider;
    webhook.correlation_id = webhook.id.text();
    webhook.source_ip = "127.0.0.1";
    webhook.headers =
        "host: 127.0.0.1:8080\r\ncontent-type: application/json\r\nuser-agent: bench/1\r\n"
        "x-acme-signature: [redacted]\r\ncontent-length: 700\r\n";
    webhook.body = "{\"eventId\":\"" + webhook.correlation_id + "\",\"data\":\"";
    webhook.body.append(kBodyBytes - webhook.body.size() - 2, 'x').append("\"}");
    webhook.body_sha256 = base::sha256(webhook.body);
    webhook.key_id = "current";
    webhook.received_at = clock.unixMs();
    domain::NewEvent event;
    event.id = ids.next();
    event.external_id = webhook.correlation_id;
    event.idempotency_key = webhook.provider + ':' + event.external_id;
    event.type = "invoice.paid";
    event.subject = "customer-4711";
    event.payload = webhook.body;
    event.occurred_at = webhook.received_at;
    event.leased = leased;
    webhook.events.push_back(std::move(event));
    return webhook;
}

struct Run {
    explicit Run(std::size_t in_flight) : window{in_flight} {}

    Window window;
    std::mutex mutex;
    std::vector<double> waited_ms;
    std::size_t refused = 0;
};

class Item final : public store::IngestItem {
public:
    Item(Run& run, store::EventStore& store, bool deliver)
        : run_{run},
          store_{store},
          deliver_{deliver} {}

    void completed(const store::IngestOutcome& outcome) noexcept override {
        const std::chrono::duration<double, std::milli> waited = Steady::now() - submitted;
        if (deliver_ && outcome.durable) {
            domain::DeliveryResult result;
            result.ref = {outcome.events.front().id, 0, store::kFirstClaim};
            result.integration_id = webhook.integration_id;
            result.attempt_no = 1;
            result.outcome = domain::DeliveryOutcome::Delivered;
            result.http_status = 202;
            result.response_body = "accepted";
            result.duration_ms = 3;
            store_.finish(std::move(result));
        }
        {
            const std::lock_guard lock{run_.mutex};
            run_.waited_ms.push_back(waited.count());
            run_.refused += outcome.durable ? 0U : 1U;
        }
        run_.window.leave();
    }

    Steady::time_point submitted;

private:
    Run& run_;
    store::EventStore& store_;
    const bool deliver_;
};

// What this process has used up so far.
struct Usage {
    static Usage now() {
        rusage used{};
        ::getrusage(RUSAGE_SELF, &used);
        Usage usage{.at = Steady::now()};
        for (const auto& time : {used.ru_utime, used.ru_stime})
            usage.cpu_us +=
                static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
        std::ifstream io{"/proc/self/io"};
        for (std::string name; io >> name;)
            if (name == "wchar:") io >> usage.bytes_written;
        return usage;
    }

    Steady::time_point at;
    double cpu_us = 0;
    double bytes_written = 0;
};

// The second line does not depend on what else the machine is doing.
inline void report(std::string_view what, std::size_t events, const Usage& start) {
    const auto end = Usage::now();
    const auto count = static_cast<double>(events);
    const auto seconds = std::chrono::duration<double>{end.at - start.at}.count();
    std::cout << what << ": " << static_cast<long>(count / seconds) << "/s\n  "
              << (end.cpu_us - start.cpu_us) / count << " us CPU, "
              << static_cast<long>((end.bytes_written - start.bytes_written) / count)
              << " bytes written an event\n"
              << std::flush;
}

inline double percentile(std::vector<double>& sorted, double part) {
    return sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

inline domain::Integration acme() {
    domain::Integration integration;
    integration.provider = "acme";
    integration.name = "acme";
    return integration;
}

// Ingests events and, when they are to be delivered, records a success for each.
class Load {
public:
    explicit Load(std::size_t in_flight) : in_flight_{in_flight} {}

    // After `stored` others are there.
    void measure(std::string_view what, store::EventStore& store, std::size_t stored,
                 std::size_t events, bool deliver) {
        const std::array wanted{acme()};
        const auto integration = store.upsertIntegrations(wanted).front();
        if (stored > 0) run(store, integration, stored, false);
        const auto before = store.counters();
        const auto start = Usage::now();
        auto measured = run(store, integration, events, deliver);
        report(what, events, start);
        auto& waited = measured->waited_ms;
        std::sort(waited.begin(), waited.end());
        const auto counters = store.counters();
        std::cout << "  p50 " << percentile(waited, 0.5) << " ms, p99 " << percentile(waited, 0.99)
                  << " ms, longest " << waited.back() << " ms; " << measured->refused
                  << " refused, " << counters.ingest_batches - before.ingest_batches << " + "
                  << counters.finish_batches - before.finish_batches << " batches\n";
    }

    std::vector<domain::NewWebhook> webhooks(std::size_t count) {
        const auto integration = acme();
        std::vector<domain::NewWebhook> webhooks;
        for (std::size_t i = 0; i < count; ++i)
            webhooks.push_back(webhookFor(ids, clock, integration, false));
        return webhooks;
    }

    base::SystemClock clock;
    base::UuidGenerator ids{clock};
    SilentLog log;

private:
    std::unique_ptr<Run> run(store::EventStore& store, const domain::Integration& integration,
                             std::size_t events, bool deliver) {
        auto run = std::make_unique<Run>(in_flight_);
        for (std::size_t i = 0; i < events; ++i) {
            auto item = std::make_unique<Item>(*run, store, deliver);
            item->webhook = webhookFor(ids, clock, integration, deliver);
            run->window.enter();
            item->submitted = Steady::now();
            store.ingest(std::move(item));
        }
        run->window.awaitEmpty();
        store.flush();
        return run;
    }

    const std::size_t in_flight_;
};

inline std::size_t argument(const std::vector<std::string>& arguments, std::size_t at,
                            std::size_t otherwise) {
    return at < arguments.size() ? std::stoull(arguments[at]) : otherwise;
}

} // namespace hookgate::bench
