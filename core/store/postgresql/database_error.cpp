#include "core/store/postgresql/database_error.hpp"

#include <algorithm>
#include <array>

namespace hookgate::store::postgresql {
namespace {

bool isOfClass(std::string_view state, std::string_view prefix) noexcept {
    return state.starts_with(prefix);
}

// Appendix A of the manual: 08 connection, 40 rollback (deadlock, serialization), 53 resources, 55
// object in use, 57 operator intervention, 58 system, 25 transaction state (read-only server), XX
// internal.
bool mayPass(std::string_view state) noexcept {
    constexpr std::array<std::string_view, 8> kPassing{"08", "25", "40", "53",
                                                       "55", "57", "58", "XX"};
    return state.empty() || std::any_of(kPassing.begin(), kPassing.end(),
                                        [&](auto prefix) { return isOfClass(state, prefix); });
}

} // namespace

DatabaseError::DatabaseError(const std::string& what, std::string_view state, bool connection_lost)
    : StoreError{what, mayPass(state)},
      length_{std::min(state.size(), state_.size())},
      connection_lost_{connection_lost} {
    std::copy_n(state.begin(), length_, state_.begin());
}

// 22 data, 23 constraint, 54 program limit (a value too long for an index).
bool DatabaseError::blamesRow() const noexcept {
    return isOfClass(state(), "22") || isOfClass(state(), "23") || isOfClass(state(), "54");
}

std::string_view phraseFor(const DatabaseError& error) noexcept {
    const auto state = error.state();
    if (state == "53100") return "disk full";
    if (isOfClass(state, "53")) return "database has no room for more connections";
    if (state == "25006") return "database is read-only";
    if (state == "57014" || state == "55P03") return "database does not answer in time";
    if (isOfClass(state, "28")) return "database refuses the credentials";
    if (error.connectionLost() || state.empty() || isOfClass(state, "57P"))
        return "database is not reachable";
    return "cannot write";
}

} // namespace hookgate::store::postgresql
