#pragma once

#include <cstddef>
#include <string_view>

namespace hookgate::plugin::check {

// Hears what a check does. Calls come in the order things happen, so that whoever listens from
// another process knows what was going on when the check died.
class Listener {
public:
    virtual ~Listener() = default;
    virtual void began(std::string_view what) = 0;
    virtual void ran(std::size_t cases) = 0;
    // `id` is one of the catalogue's.
    virtual void found(std::string_view id, std::string_view where, std::string_view text) = 0;
};

} // namespace hookgate::plugin::check
