#pragma once

namespace hookgate::cli {

// sysexits.h, by the names used here.
inline constexpr int kSuccess = 0;
inline constexpr int kFailure = 1;        // something outside failed, or a check did not pass
inline constexpr int kUsageError = 64;    // the command line
inline constexpr int kConfiguration = 78; // something the operator has to change

} // namespace hookgate::cli
