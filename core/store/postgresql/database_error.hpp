#pragma once

#include "core/store/event_store.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace hookgate::store::postgresql {

// What PostgreSQL, or the way to it, refused. Its state decides who is to blame.
class DatabaseError : public StoreError {
public:
    // `state`: the five characters of SQLSTATE; empty for what never reached the server or was
    // never answered.
    DatabaseError(const std::string& what, std::string_view state, bool connection_lost);

    std::string_view state() const noexcept { return {state_.data(), length_}; }

    // The connection is of no use any more, and what became of its last statement is unknown.
    bool connectionLost() const noexcept { return connection_lost_; }

    // The data of a row are to blame: without that row the others would have been written.
    bool blamesRow() const noexcept;

private:
    std::array<char, 5> state_{};
    std::size_t length_ = 0;
    bool connection_lost_;
};

// What operators and strangers may read of an error: a fixed phrase.
std::string_view phraseFor(const DatabaseError& error) noexcept;

} // namespace hookgate::store::postgresql
