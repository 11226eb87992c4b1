#pragma once

#include "core/store/event_queries.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace hookgate::store {

// When the id was made: it tells.
inline domain::UnixMs timeOf(const domain::Uuid& id) noexcept {
    return base::UuidGenerator::ordinal(id) >> 12;
}

// What the rows tell of one generation of work on an event.
struct Generation {
    std::int64_t attempts = 0;
    domain::UnixMs last_attempt_at = 0;
    bool delivered = false; // by its last attempt
    domain::Uuid request{}; // the replay that began it; nil: none is known
};

using Generations = std::map<std::int64_t, Generation>;

// One job for each generation: the first delivery, and what each replay began or will begin when
// the send in flight has ended. A replay's job has the id of the replay request that began it.
// `current` is the generation that is being worked on or has failed; nullopt: all is done.
std::vector<JobRow> jobsOf(const EventRow& event, const Generations& generations,
                           std::optional<std::int64_t> current);

// The state that the columns of a work row mean; `tries` counts the sends of its generation.
domain::EventStatus statusOf(std::int64_t work_state, std::int64_t tries) noexcept;

} // namespace hookgate::store
