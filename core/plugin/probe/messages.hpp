#pragma once

namespace hookgate::plugin {

// What the process of a probe tells: one letter, a text, and a zero byte.
inline constexpr char kDoing = 'D';   // what it is about to do
inline constexpr char kProblem = 'P'; // what is wrong; the last message
inline constexpr char kPassed = 'O';  // nothing is; the last message

} // namespace hookgate::plugin
