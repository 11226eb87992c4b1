#pragma once

#include "core/base/uuid.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

struct pg_result;

namespace hookgate::store::postgresql {

// The rows of one statement, in binary. Views live as long as the result.
class Result {
public:
    explicit Result(pg_result* result = nullptr) noexcept : result_{result} {}

    int rows() const noexcept;
    bool isNull(int row, int column) const noexcept;
    // Of any of the integer types; NULL is 0.
    std::int64_t integer(int row, int column) const noexcept;

    bool boolean(int row, int column) const noexcept { return integer(row, column) != 0; }

    std::string_view bytes(int row, int column) const noexcept;
    base::Uuid uuid(int row, int column) const noexcept;
    // "COMMIT", "DELETE 3".
    std::string_view tag() const noexcept;
    // The rows that the command changed.
    std::int64_t changed() const noexcept;

private:
    struct Clear {
        void operator()(pg_result* result) const noexcept;
    };

    std::unique_ptr<pg_result, Clear> result_;
};

} // namespace hookgate::store::postgresql
