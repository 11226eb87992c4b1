#pragma once

#include "core/base/result.hpp"
#include "core/pipeline/received.hpp"
#include "core/pipeline/refusal.hpp"

namespace hookgate::pipeline {

// The second step: the provider's plugin proves that the exact bytes came from where they say.
// Nothing is stored of a request that fails here. Stateless.
class Verification {
public:
    base::Result<Verified, Refusal> verify(const Admitted& admitted) const;
};

} // namespace hookgate::pipeline
