// Measures the embedded store alone, next to the same rows written straight to SQLite.
//
//   store_bench [DIRECTORY [EVENTS [STORED [IN_FLIGHT]]]]
//
// EVENTS are ingested in each run after STORED events are there; IN_FLIGHT wait for their commit at
// a time, as the connections of a load generator do. Bodies have 700 bytes, ids are unique.

#include "core/store/sqlite/database.hpp"
#include "core/store/sqlite/event_store.hpp"
#include "tests/bench/store_load.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace {

using namespace hookgate;
using bench::Load;
using bench::Usage;

class Bench {
public:
    Bench(std::string directory, std::size_t in_flight)
        : directory_{std::move(directory)},
          load_{in_flight} {
        std::filesystem::create_directories(directory_);
    }

    void straight(std::size_t events) {
        const auto path = directory_ + "/straight.db";
        remove(path);
        store::sqlite::migrateDatabase(path);
        store::sqlite::Database database{path, store::sqlite::Database::Mode::ReadWrite};
        const auto webhooks = load_.webhooks(events);
        database.execute("PRAGMA wal_autocheckpoint = 1000");
        const auto start = Usage::now();
        writeRows(database, webhooks);
        bench::report("same rows straight to SQLite, 64 a transaction", events, start);
    }

    void ingest(std::string_view what, std::size_t stored, std::size_t events, bool deliver) {
        const auto path = directory_ + "/store.db";
        remove(path);
        const auto store =
            store::sqlite::openStore({.path = path}, load_.ids, load_.clock, load_.log);
        load_.measure(what, *store, stored, events, deliver);
    }

private:
    static void remove(const std::string& path) {
        for (const auto* end : {"", "-wal", "-shm", "-lock"})
            std::filesystem::remove(path + end);
    }

    static void writeRows(store::sqlite::Database& database,
                          const std::vector<domain::NewWebhook>& webhooks) {
        using store::sqlite::RowId;
        using store::sqlite::Statement;
        Statement webhook_row{database,
                              "INSERT INTO webhook (id, rest, integration, event_count, "
                              "correlation_id, source_ip, key_id, received_at, headers, body) "
                              "VALUES (?, ?, 1, 1, ?, ?, ?, ?, ?, ?)"};
        Statement event_row{database,
                            "INSERT INTO event (id, rest, webhook, integration, occurred_at, type, "
                            "subject, external_id, ordering_key, dedupe, payload) VALUES (?, ?, ?, "
                            "1, ?, ?, ?, ?, ?, ?, ?)"};
        Statement key_row{database,
                          "INSERT INTO dedupe (key, \"check\", event, body) VALUES (?, ?, ?, ?)"};
        Statement work_row{database,
                           "INSERT INTO work (event, integration, due_at, state, generation, "
                           "claim, attempts, sends, unknown, replay_next, started_at) VALUES (?, "
                           "1, ?, 0, 0, 1, 0, 0, 0, 0, ?)"};
        for (std::size_t i = 0; i < webhooks.size(); ++i) {
            const auto& webhook = webhooks[i];
            const auto& event = webhook.events.front();
            const auto webhook_id = RowId::of(webhook.id);
            const auto event_id = RowId::of(event.id);
            if (i % 64 == 0) database.execute("BEGIN IMMEDIATE");
            webhook_row.bind(webhook_id.id).bind(webhook_id.rest).bindText(webhook.correlation_id);
            webhook_row.bindText(webhook.source_ip).bindText(webhook.key_id);
            webhook_row.bind(webhook.received_at).bindBlob(webhook.headers);
            webhook_row.bindBlob(webhook.body).run();
            event_row.bind(event_id.id).bind(event_id.rest).bind(webhook_id.id);
            event_row.bind(event.occurred_at).bindBlob(event.type).bindBlob(event.subject);
            event_row.bindBlob(event.external_id).bindBlob(event.ordering_key);
            event_row.bind(event_id.rest).bindBlob(event.payload).run();
            key_row.bind(event_id.rest).bind(webhook_id.rest).bind(event_id.id).bind(1).run();
            work_row.bind(event_id.id).bind(event.occurred_at).bind(event.occurred_at).run();
            if (i % 64 == 63 || i + 1 == webhooks.size()) database.execute("COMMIT");
        }
    }

    const std::string directory_;
    Load load_;
};

} // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments{argv + 1, argv + argc};
    const auto directory = arguments.empty() ? std::string{"data/store-bench"} : arguments.front();
    const auto events = bench::argument(arguments, 1, 100'000);
    const auto stored = bench::argument(arguments, 2, 0);
    Bench run{directory, bench::argument(arguments, 3, 256)};
    run.straight(events);
    run.ingest("durable ingest", stored, events, false);
    run.ingest("durable ingest and finish", stored, events, true);
    std::filesystem::remove_all(directory);
    return 0;
}
