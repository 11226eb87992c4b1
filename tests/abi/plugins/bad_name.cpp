// A name that could not be a word of a URL.
#include "tests/abi/plugins/simple.hpp"

namespace {

class BadName final : public Simple {
public:
    static constexpr hookgate::Info kInfo{"Bad/Name", "Bad name"};
    using Simple::Simple;
};

} // namespace

// The SDK would refuse to compile it.
template <>
consteval bool hookgate::detail::isProvider<BadName>() {
    return true;
}

HG_EXPORT_PROVIDERS(BadName);
