#include "core/store/postgresql/next_due.hpp"

#include <algorithm>

namespace hookgate::store::postgresql {
namespace {

// Other nodes tell of new work; of a retry they need not, it is theirs as long as they live.
constexpr std::chrono::milliseconds kRemembered{1900};

// One probe of the index for each integration, however long the queue is.
constexpr Statement kNextDue{
    "next_due",
    "SELECT min(d.due_at), max(n.now) FROM (SELECT coalesce($1::bigint, now_ms()) AS now) n "
    "LEFT JOIN integration i ON true "
    "LEFT JOIN LATERAL (SELECT due_at FROM work WHERE integration = i.no AND state < 2 "
    "ORDER BY due_at LIMIT 1) d ON true"};

} // namespace

NextDue::Answer NextDue::ask(Connection& connection, const Context& context) {
    const auto found = connection.run(kNextDue, Parameters{}.add(context.now()));
    Answer answer;
    if (!found.isNull(0, 0)) answer.due_at = found.integer(0, 0);
    answer.ahead = found.integer(0, 1) - context.clock.unixMs();
    answer.until = Clock::now() + kRemembered;
    return answer;
}

std::optional<std::chrono::milliseconds> NextDue::wait(const Answer& answer,
                                                       const Context& context) {
    if (!answer.due_at) return std::nullopt;
    const auto now = context.clock.unixMs() + answer.ahead;
    return std::chrono::milliseconds{std::max<std::int64_t>(*answer.due_at - now, 0)};
}

} // namespace hookgate::store::postgresql
