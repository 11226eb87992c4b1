// Measures the PostgreSQL store alone, next to the same rows written straight by libpq.
//
//   postgresql_store_bench URL [EVENTS [STORED [IN_FLIGHT]]]
//
// URL names an empty database; what is in it is dropped. Otherwise as store_bench.

#include "core/store/postgresql/context.hpp"
#include "core/store/postgresql/event_store.hpp"
#include "core/store/postgresql/retention.hpp"
#include "core/store/postgresql/schema.hpp"
#include "tests/bench/store_load.hpp"

#include <string>
#include <vector>

namespace {

using namespace hookgate;
using bench::Load;
using bench::Usage;
using store::postgresql::Array;
using store::postgresql::Connection;
using store::postgresql::Parameters;
using store::postgresql::Type;

constexpr std::size_t kRowsAtOnce = 64;

constexpr store::postgresql::Statement kRows{
    "straight",
    "WITH w AS (INSERT INTO webhook SELECT id, at, 1, 1, correlation, '127.0.0.1', '', headers, "
    "body FROM unnest($1::uuid[], $3::bigint[], $4::bytea[], $5::bytea[], $6::bytea[]) "
    "u(id, at, correlation, headers, body)), "
    "e AS (INSERT INTO event SELECT id, webhook, at, 1, false, 'invoice.paid', 'customer-4711', "
    "correlation, '', NULL, body FROM unnest($2::uuid[], $1::uuid[], $3::bigint[], $4::bytea[], "
    "$6::bytea[]) u(id, webhook, at, correlation, body)), "
    "d AS (INSERT INTO dedupe SELECT key, id, 1 FROM unnest($7::uuid[], $2::uuid[]) u(key, id)) "
    "INSERT INTO work SELECT id, at, 1, at, 1, 0, 0, 0, 0, 0, 0, false, false "
    "FROM unnest($2::uuid[], $3::bigint[]) u(id, at)"};

void prepare(const std::string& url) {
    Connection connection{{.url = url}};
    connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    store::postgresql::migrate(connection);
    store::postgresql::preparePartitions(connection, base::SystemClock{}.unixMs());
}

void writeRows(Connection& connection, std::span<const domain::NewWebhook> webhooks) {
    Array ids{Type::Uuid};
    Array events{Type::Uuid};
    Array times{Type::Int8};
    Array correlations{Type::Bytea};
    Array headers{Type::Bytea};
    Array bodies{Type::Bytea};
    Array keys{Type::Uuid};
    for (const auto& webhook : webhooks) {
        ids.add(webhook.id);
        events.add(webhook.events.front().id);
        times.add(webhook.received_at);
        correlations.add(std::string_view{webhook.correlation_id});
        headers.add(std::string_view{webhook.headers});
        bodies.add(std::string_view{webhook.body});
        keys.add(base::Uuid::derived(webhook.correlation_id));
    }
    Parameters parameters;
    for (auto* array : {&ids, &events, &times, &correlations, &headers, &bodies, &keys})
        parameters.add(std::move(*array));
    connection.run(kRows, parameters);
}

void straight(const std::string& url, Load& load, std::size_t events) {
    prepare(url);
    Connection connection{{.url = url}};
    const auto webhooks = load.webhooks(events);
    const auto start = Usage::now();
    for (std::size_t i = 0; i < webhooks.size(); i += kRowsAtOnce)
        writeRows(connection,
                  std::span{webhooks}.subspan(i, std::min(kRowsAtOnce, webhooks.size() - i)));
    bench::report("same rows straight to PostgreSQL, 64 a statement", events, start);
}

void ingest(const std::string& url, Load& load, std::string_view what, std::size_t stored,
            std::size_t events, bool deliver) {
    prepare(url);
    store::postgresql::StoreOptions options;
    options.url = url;
    const auto store = store::postgresql::openStore(options, load.ids, load.clock, load.log);
    load.measure(what, *store, stored, events, deliver);
}

} // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments{argv + 1, argv + argc};
    if (arguments.empty()) {
        std::cerr << "usage: postgresql_store_bench URL [EVENTS [STORED [IN_FLIGHT]]]\n";
        return 64;
    }
    const auto& url = arguments.front();
    const auto events = bench::argument(arguments, 1, 100'000);
    const auto stored = bench::argument(arguments, 2, 0);
    Load load{bench::argument(arguments, 3, 256)};
    straight(url, load, events);
    ingest(url, load, "durable ingest", stored, events, false);
    ingest(url, load, "durable ingest and finish", stored, events, true);
    return 0;
}
