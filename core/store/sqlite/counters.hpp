#pragma once

#include "core/store/sqlite/database.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace hookgate::store::sqlite {

// What is counted beside the rows; kTotalNames are the names in the table.
enum class Total {
    Webhooks,
    Events,
    Pending,
    Processing,
    Retrying,
    Failed,
    AttemptsDelivered,
    AttemptsRetry,
    AttemptsFailed,
    Audit
};

constexpr std::array<std::string_view, 10> kTotalNames{
    "webhooks",           "events",         "pending",         "processing", "retrying", "failed",
    "attempts_delivered", "attempts_retry", "attempts_failed", "audit"};

// Totals kept beside the rows, so that nobody has to count them: collected while a transaction
// writes, stored once before it commits. Webhooks, events and their states are kept for each
// integration, the others for all of them (integration 0).
class Counters {
public:
    explicit Counters(const Database& database)
        : add_{database,
               "INSERT INTO counter (name, integration, value) VALUES (?, ?, ?) "
               "ON CONFLICT (name, integration) DO UPDATE SET value = value + excluded.value"} {}

    void add(Total total, std::int64_t integration, std::int64_t delta) {
        auto deltas = std::find_if(deltas_.begin(), deltas_.end(), [&](const auto& known) {
            return known.integration == integration;
        });
        if (deltas == deltas_.end()) deltas = deltas_.insert(deltas, {integration, {}});
        deltas->values[static_cast<std::size_t>(total)] += delta;
    }

    void store() {
        for (const auto& deltas : deltas_)
            for (std::size_t i = 0; i < kTotalNames.size(); ++i)
                if (deltas.values[i] != 0)
                    add_.bindText(kTotalNames[i])
                        .bind(deltas.integration)
                        .bind(deltas.values[i])
                        .run();
        deltas_.clear();
    }

    void discard() noexcept { deltas_.clear(); }

private:
    struct Deltas {
        std::int64_t integration = 0;
        std::array<std::int64_t, kTotalNames.size()> values{};
    };

    Statement add_;
    std::vector<Deltas> deltas_; // a handful: the integrations of one transaction
};

} // namespace hookgate::store::sqlite
