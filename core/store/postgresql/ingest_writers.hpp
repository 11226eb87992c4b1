#pragma once

#include "core/store/postgresql/writer.hpp"

#include <array>
#include <memory>
#include <string>

namespace hookgate::store::postgresql {

// The writers of webhooks. One is enough until webhooks crowd before it: then the second writes
// beside it, so that neither the gateway nor the database waits while the other is at work. Before
// that it would only make two small transactions of one. Safe to use from any thread.
class IngestWriters {
public:
    // `options` without a name; the context and the log outlive the writers.
    IngestWriters(WriterOptions options, const Context& context, base::Log& log);

    void ingest(std::unique_ptr<IngestItem> item) noexcept;
    // Throws StoreError when what was queued could not be written in time.
    void flush();

    // Of the first that cannot write, if there is one.
    StoreHealth health() const noexcept;
    StoreCounters counters() const noexcept;

private:
    std::array<std::unique_ptr<Writer>, 2> writers_;
};

} // namespace hookgate::store::postgresql
