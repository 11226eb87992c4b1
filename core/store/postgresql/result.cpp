#include "core/store/postgresql/result.hpp"

#include <algorithm>
#include <charconv>

#include <libpq-fe.h>

namespace hookgate::store::postgresql {

void Result::Clear::operator()(pg_result* result) const noexcept {
    ::PQclear(result);
}

int Result::rows() const noexcept {
    return ::PQntuples(result_.get());
}

bool Result::isNull(int row, int column) const noexcept {
    return ::PQgetisnull(result_.get(), row, column) != 0;
}

std::int64_t Result::integer(int row, int column) const noexcept {
    const auto value = bytes(row, column);
    if (value.empty()) return 0;
    // The sign is that of the first byte.
    std::uint64_t number = value.size() > 1 && (value.front() & 0x80) != 0 ? ~std::uint64_t{0} : 0;
    for (const auto byte : value)
        number = number << 8 | static_cast<std::uint8_t>(byte);
    return static_cast<std::int64_t>(number);
}

std::string_view Result::bytes(int row, int column) const noexcept {
    return {::PQgetvalue(result_.get(), row, column),
            static_cast<std::size_t>(::PQgetlength(result_.get(), row, column))};
}

base::Uuid Result::uuid(int row, int column) const noexcept {
    const auto value = bytes(row, column);
    base::Uuid id;
    std::copy_n(value.begin(), std::min(value.size(), id.bytes.size()), id.bytes.begin());
    return id;
}

std::string_view Result::tag() const noexcept {
    return result_ ? ::PQcmdStatus(result_.get()) : "";
}

std::int64_t Result::changed() const noexcept {
    const std::string_view text = result_ ? ::PQcmdTuples(result_.get()) : "";
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

} // namespace hookgate::store::postgresql
