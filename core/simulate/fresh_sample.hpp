#pragma once

#include "core/base/clock.hpp"
#include "core/simulate/samples.hpp"

namespace hookgate::simulate {

// The sample's request as the provider would send it now, about something that did not happen
// before: where it tells the time of its events, it tells `now`, and where it tells their ids, in
// the body or in a header, others of the same shape. Nothing is known of the provider: times and
// ids are found by what the plugin read from the sample.
plugin::check::SampleRequest freshened(const Sample& sample, base::UnixMs now);

// The same for the headers alone, for a body that is given.
plugin::check::SampleRequest withFreshHeaders(const Sample& sample, base::UnixMs now);

} // namespace hookgate::simulate
