#include "core/store/postgresql/ingest_writers.hpp"

#include <utility>

namespace hookgate::store::postgresql {
namespace {

// As many webhooks before the first writer, in its transaction or waiting for the next, are a
// crowd. Half of what a transaction takes was slower with 256 senders, a quarter of it with 32.
constexpr std::size_t kCrowd = 64;

} // namespace

IngestWriters::IngestWriters(WriterOptions options, const Context& context, base::Log& log) {
    options.name = "store-ingest";
    writers_[0] = std::make_unique<Writer>(options, context, log);
    options.name = "store-ingest-2";
    writers_[1] = std::make_unique<Writer>(std::move(options), context, log);
}

void IngestWriters::ingest(std::unique_ptr<IngestItem> item) noexcept {
    const auto first = writers_[0]->unansweredItems();
    const bool crowded = first >= kCrowd && writers_[1]->unansweredItems() < first;
    writers_[crowded ? 1 : 0]->ingest(std::move(item));
}

void IngestWriters::flush() {
    for (const auto& writer : writers_)
        writer->flush();
}

StoreHealth IngestWriters::health() const noexcept {
    for (const auto& writer : writers_)
        if (auto health = writer->health(); !health.writable) return health;
    return {};
}

StoreCounters IngestWriters::counters() const noexcept {
    auto counters = writers_[0]->counters();
    const auto second = writers_[1]->counters();
    counters.ingest_batches += second.ingest_batches;
    counters.ingested_events += second.ingested_events;
    counters.failed_transactions += second.failed_transactions;
    counters.dropped_audit_entries += second.dropped_audit_entries;
    return counters;
}

} // namespace hookgate::store::postgresql
