#pragma once

#include "core/base/result.hpp"
#include "core/pipeline/received.hpp"
#include "core/pipeline/refusal.hpp"

namespace hookgate::pipeline {

// The third step: the plugin reads what the authentic bytes say. Malformed is 400 and stored
// nowhere; what the plugin declares of no interest is acknowledged and stored nowhere. Stateless.
class Normalization {
public:
    base::Result<Normalized, Refusal> normalize(const Verified& verified) const;
};

} // namespace hookgate::pipeline
