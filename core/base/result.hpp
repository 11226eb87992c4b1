#pragma once

#include <utility>
#include <variant>

namespace hookgate::base {

// Marks a value as the error of a Result, so that Result<T, T> stays unambiguous.
template <class E>
struct Error {
    E value;
};

template <class E>
Error(E) -> Error<E>;

// Either a value or the reason why there is none. Expected outcomes travel as values; exceptions
// are for broken systems. Not thread-safe, owns what it holds. (std::expected is C++23.)
template <class T, class E>
class [[nodiscard]] Result {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): returned as what it holds
    Result(T value) : state_{std::in_place_index<0>, std::move(value)} {}

    // NOLINTNEXTLINE(google-explicit-constructor): as above
    Result(Error<E> error) : state_{std::in_place_index<1>, std::move(error.value)} {}

    explicit operator bool() const noexcept { return state_.index() == 0; }

    // REQUIRES: bool(*this)
    T& operator*() noexcept { return *std::get_if<0>(&state_); }

    const T& operator*() const noexcept { return *std::get_if<0>(&state_); }

    T* operator->() noexcept { return std::get_if<0>(&state_); }

    const T* operator->() const noexcept { return std::get_if<0>(&state_); }

    // REQUIRES: !bool(*this)
    E& error() noexcept { return *std::get_if<1>(&state_); }

    const E& error() const noexcept { return *std::get_if<1>(&state_); }

private:
    std::variant<T, E> state_;
};

} // namespace hookgate::base
