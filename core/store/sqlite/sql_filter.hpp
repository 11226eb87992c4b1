#pragma once

#include "core/store/sqlite/database.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace hookgate::store::sqlite {

// Conditions joined by AND, with the values bound to them in order. Conditions are literals of this
// program; values never become text of a statement.
class SqlFilter {
public:
    void where(std::string_view condition) { append(condition); }

    void where(std::string_view condition, std::int64_t value) {
        append(condition);
        values_.emplace_back(value);
    }

    void where(std::string_view condition, std::string value) {
        append(condition);
        values_.emplace_back(std::move(value));
    }

    // " WHERE ..." or nothing.
    std::string clause() const {
        return conditions_.empty() ? std::string{} : " WHERE " + conditions_;
    }

    // REQUIRES: lives until the statement is reset.
    void bindTo(Statement& statement) const {
        for (const auto& value : values_) {
            if (const auto* number = std::get_if<std::int64_t>(&value))
                statement.bind(*number);
            else
                statement.bindText(std::get<std::string>(value));
        }
    }

private:
    void append(std::string_view condition) {
        if (!conditions_.empty()) conditions_ += " AND ";
        conditions_ += condition;
    }

    std::string conditions_;
    std::vector<std::variant<std::int64_t, std::string>> values_;
};

} // namespace hookgate::store::sqlite
