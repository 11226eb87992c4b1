#pragma once

#include "core/store/sqlite/database.hpp"

#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

namespace hookgate::store::sqlite {

// Totals kept beside the rows: collected while a transaction writes, stored once before it commits.
class Counters {
public:
    explicit Counters(const Database& database)
        : add_{database,
               "INSERT INTO counter (name, integration, value) VALUES (?, ?, ?) "
               "ON CONFLICT (name, integration) DO UPDATE SET value = value + excluded.value"} {}

    // `name` must be a literal. integration 0: of all.
    void add(std::string_view name, std::int64_t integration, std::int64_t delta) {
        deltas_[{name, integration}] += delta;
    }

    void store() {
        for (const auto& [key, delta] : deltas_)
            if (delta != 0) add_.bindText(key.first).bind(key.second).bind(delta).run();
        deltas_.clear();
    }

    void discard() noexcept { deltas_.clear(); }

private:
    Statement add_;
    std::map<std::pair<std::string_view, std::int64_t>, std::int64_t> deltas_;
};

} // namespace hookgate::store::sqlite
