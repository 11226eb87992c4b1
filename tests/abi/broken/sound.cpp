// Done right.
#include "tests/abi/broken/till.hpp"

namespace {

class Sound final : public Till {
public:
    using Till::Till;
};

} // namespace

HG_EXPORT_PROVIDERS(Sound);
