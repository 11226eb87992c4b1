#pragma once

#include "core/base/uuid.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::store::postgresql {

// The types that parameters and results have, by their number in pg_type. Everything travels in
// binary: bytes stay bytes, and nothing is quoted.
enum class Type : std::uint32_t {
    Boolean = 16,
    Bytea = 17,
    Int8 = 20,
    Int2 = 21,
    Int4 = 23,
    Text = 25,
    Uuid = 2950
};

// A value as PostgreSQL's binary format has it: numbers with the most significant byte first.
template <std::integral T>
void appendBinary(std::string& out, T value) {
    for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8)
        out.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> shift & 0xff));
}

inline void appendBinary(std::string& out, bool value) {
    out.push_back(value ? '\1' : '\0');
}

inline void appendBinary(std::string& out, std::string_view bytes) {
    out.append(bytes);
}

inline void appendBinary(std::string& out, const base::Uuid& id) {
    out.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
}

// One parameter that is an array; every element is added in the C++ type of its SQL type.
class Array {
public:
    explicit Array(Type element) : element_{element} { bytes_.resize(kHeader); }

    template <class T>
    Array& add(const T& value) {
        const auto length_at = bytes_.size();
        bytes_.resize(length_at + 4);
        appendBinary(bytes_, value);
        const auto length = bytes_.size() - length_at - 4;
        for (std::size_t i = 0; i < 4; ++i)
            bytes_[length_at + i] = static_cast<char>(length >> (24 - 8 * i) & 0xff);
        ++count_;
        return *this;
    }

    Array& addNull() {
        appendBinary(bytes_, std::int32_t{-1});
        ++count_;
        return *this;
    }

    // The whole as the parameter's value; the array is used up.
    std::string take() &&;

private:
    static constexpr std::size_t kHeader = 20;

    Type element_;
    std::uint32_t count_ = 0;
    std::string bytes_;
};

// The parameters of one statement, in order.
class Parameters {
public:
    template <class T>
    Parameters& add(const T& value) {
        appendBinary(values_.emplace_back().emplace(), value);
        return *this;
    }

    template <class T>
    Parameters& add(const std::optional<T>& value) {
        return value ? add(*value) : addNull();
    }

    Parameters& add(Array&& array) {
        values_.emplace_back(std::move(array).take());
        return *this;
    }

    Parameters& addNull() {
        values_.emplace_back();
        return *this;
    }

    const std::vector<std::optional<std::string>>& values() const noexcept { return values_; }

private:
    std::vector<std::optional<std::string>> values_;
};

} // namespace hookgate::store::postgresql
