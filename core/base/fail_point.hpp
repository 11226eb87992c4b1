#pragma once

// Named places where a test makes the process die, sleep or fail:
// HOOKGATE_FAIL=point[:nth][:action] in the environment, where action is kill (default), sleep=MS
// or error. Only builds with HOOKGATE_FAIL_POINTS have them; in every other build HG_FAIL_POINT is
// `false` and costs nothing.
#ifdef HOOKGATE_FAIL_POINTS

#include <string_view>

namespace hookgate::base {

// True when the point is to fail with an error here. Safe to call from any thread.
bool reachFailPoint(std::string_view point) noexcept;

} // namespace hookgate::base

#define HG_FAIL_POINT(point) ::hookgate::base::reachFailPoint(point)
#else
#define HG_FAIL_POINT(point) false
#endif
