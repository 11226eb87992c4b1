#include "core/store/postgresql/retention.hpp"

#include <algorithm>
#include <string>

namespace hookgate::store::postgresql {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int32_t kRowsAtOnce = 500;
constexpr std::int64_t kBlocksAtOnce = 256;
// More than that is not moved away from under its readers: the day stays until it is finished.
constexpr std::int64_t kUnfinishedMax = 20'000;
constexpr std::int32_t kDaysAhead = 3;

constexpr Statement kRecord{"retention_record",
                            "UPDATE installation SET retention_cutoff = first_id_at($1::bigint) "
                            "WHERE retention_cutoff < first_id_at($1::bigint)"};
constexpr Statement kDays{"retention_days",
                          "SELECT day FROM days_of($1::text) day WHERE day < $2::integer"};
constexpr Statement kDropEvents{"retention_event_day",
                                "SELECT drop_event_day($1::integer, $2::bigint)"};
constexpr Statement kDropWebhooks{"retention_webhook_day", "SELECT drop_webhook_day($1::integer)"};
constexpr Statement kDropAudit{"retention_audit_day", "SELECT drop_audit_day($1::integer)"};
constexpr Statement kEvents{"retention_events", "SELECT drop_events($1::integer)"};
constexpr Statement kAudit{"retention_audit", "SELECT drop_audit($1::integer)"};
constexpr Statement kSweptDay{"retention_swept", "SELECT dedupe_swept_day FROM installation"};
constexpr Statement kSweep{"retention_sweep",
                           "SELECT sweep_dedupe($1::bigint, $2::bigint, first_id_of($3::integer))"};
constexpr Statement kRecordSweep{"retention_record_sweep",
                                 "UPDATE installation SET dedupe_swept_day = $1::integer"};

} // namespace

std::size_t Retention::step(Connection& connection, domain::UnixMs cutoff) {
    connection.run(kRecord, Parameters{}.add(cutoff));
    const auto cutoff_day = static_cast<std::int32_t>(cutoff / kDayMs);
    auto rows = dropDay(connection, cutoff_day);
    if (rows == 0) rows = connection.run(kEvents, Parameters{}.add(kRowsAtOnce)).integer(0, 0);
    if (rows == 0) rows = connection.run(kAudit, Parameters{}.add(kRowsAtOnce)).integer(0, 0);
    if (rows == 0) rows = sweep(connection, cutoff_day);
    return static_cast<std::size_t>(rows);
}

std::int64_t Retention::dropDay(Connection& connection, std::int32_t cutoff_day) {
    const auto dropFirst = [&](std::string_view parent, std::int32_t below,
                               const Statement& statement, bool counts) -> std::int64_t {
        const auto days = connection.run(kDays, Parameters{}.add(parent).add(below));
        for (int i = 0; i < days.rows(); ++i) {
            Parameters parameters;
            parameters.add(static_cast<std::int32_t>(days.integer(i, 0)));
            if (counts) parameters.add(kUnfinishedMax);
            const auto rows = connection.run(statement, parameters).integer(0, 0);
            if (rows > 0) return rows;
        }
        return 0;
    };
    auto rows = dropFirst("event", cutoff_day, kDropEvents, true);
    if (rows > 0) return rows;
    // A day of events that stays needs its webhooks, and those of the day before.
    const auto staying =
        connection.run(kDays, Parameters{}.add(std::string_view{"event"}).add(cutoff_day));
    const auto webhooks_below =
        staying.rows() > 0 ? static_cast<std::int32_t>(staying.integer(0, 0)) : cutoff_day;
    rows = dropFirst("webhook", webhooks_below - 1, kDropWebhooks, false);
    return rows > 0 ? rows : dropFirst("audit", cutoff_day, kDropAudit, false);
}

std::int64_t Retention::sweep(Connection& connection, std::int32_t cutoff_day) {
    if (connection.run(kSweptDay).integer(0, 0) >= cutoff_day) return 0;
    for (;;) {
        const auto swept = connection.run(
            kSweep, Parameters{}.add(sweep_position_).add(kBlocksAtOnce).add(cutoff_day));
        if (swept.isNull(0, 0)) break;
        sweep_position_ += kBlocksAtOnce;
        if (const auto rows = swept.integer(0, 0); rows > 0) return rows;
    }
    sweep_position_ = 0;
    connection.run(kRecordSweep, Parameters{}.add(cutoff_day));
    return 0;
}

void preparePartitions(Connection& connection, domain::UnixMs now) {
    const auto today = static_cast<std::int32_t>(now / kDayMs);
    for (auto day = today - 1; day <= today + kDaysAhead; ++day)
        connection.query("SELECT prepare_day($1::integer)", Parameters{}.add(day));
}

} // namespace hookgate::store::postgresql
