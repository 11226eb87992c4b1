#pragma once

#include "core/store/postgresql/connection.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <utility>

namespace hookgate::store::postgresql {

// The columns of the table counter, in its order.
enum class Total { Webhooks, Events, Delivered, Retried, Failed, Audit };

// Collects what the statements of one transaction add to the totals; statements that do so by
// themselves need it not.
class Counters {
public:
    void add(Total total, std::int32_t day, std::int32_t integration, std::int64_t delta) {
        deltas_[{day, integration}].at(static_cast<std::size_t>(total)) += delta;
    }

    // Before the transaction commits.
    void store(Connection& connection);

private:
    // In order, so that two writers of one slot do not wait for each other crosswise.
    std::map<std::pair<std::int32_t, std::int32_t>, std::array<std::int64_t, 6>> deltas_;
};

} // namespace hookgate::store::postgresql
