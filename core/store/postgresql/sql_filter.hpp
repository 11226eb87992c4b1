#pragma once

#include "core/base/text.hpp"
#include "core/store/postgresql/parameters.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hookgate::store::postgresql {

// Conditions joined by AND, each with at most one value, which stands where the condition has `?`.
// Conditions are literals of this program; values never become text of a statement.
class SqlFilter {
public:
    void where(std::string_view condition) { append(condition, {}); }

    template <class T>
    void where(std::string_view condition, const T& value) {
        append(condition, [value](Parameters& parameters) { parameters.add(value); });
    }

    // " WHERE ..." or nothing, with the values behind those that the parameters hold already.
    std::string clause(Parameters& parameters) const {
        std::string sql;
        for (const auto& [condition, addTo] : conditions_) {
            sql += sql.empty() ? " WHERE " : " AND ";
            if (addTo) addTo(parameters);
            const auto number = '$' + std::to_string(parameters.values().size());
            for (const char c : condition)
                c == '?' ? sql += number : sql += c;
        }
        return sql;
    }

private:
    using AddTo = std::function<void(Parameters&)>;

    void append(std::string_view condition, AddTo add_to) {
        conditions_.emplace_back(condition, std::move(add_to));
    }

    std::vector<std::pair<std::string, AddTo>> conditions_;
};

// Adds " LIMIT ... OFFSET ...".
inline void appendPart(std::string& sql, std::int64_t take, std::int64_t skip) {
    sql += " LIMIT " + std::to_string(take) + " OFFSET " + std::to_string(skip);
}

// False: no column of type text can hold it, and PostgreSQL would refuse to compare.
inline bool isText(std::string_view value) {
    return value.find('\0') == std::string_view::npos && base::isUtf8(value);
}

} // namespace hookgate::store::postgresql
