#pragma once

#include "core/plugin/check/bench.hpp"

#include <cstddef>
#include <vector>

namespace hookgate::plugin::check {

// What is made from a vector that was not rejected and has to be rejected, as far as its scheme
// goes. `provider` is an instance with the vector's settings.

// What a plugin has to have asked of its host before it may accept.
void judgeProof(Bench& bench, const Provider& provider);
// Other secrets, none, and the right one beside another while it is being rotated.
void changeSecrets(Bench& bench);
// Every byte of the body, more of it and less.
void changeBody(Bench& bench, const Provider& provider);
// Every byte of the headers that prove something, and these headers missing and twice.
void changeHeaders(Bench& bench, const Provider& provider);
// The same proof in other letters: other case, other alphabets, without padding, with blanks.
void changeEncoding(Bench& bench, const Provider& provider, std::size_t header);
// The vector's request at another time, and times that nobody looks at.
void changeTime(Bench& bench, const ProviderInProcess& provider);
// Codes the plugin asked for, made anew with keys and algorithms that a forger has.
void forgeMacs(Bench& bench, const Provider& provider);
// What no proof covers must not say what happened.
void changeUnsigned(Bench& bench, const Provider& provider);

// The headers without which the vector's request is not accepted.
std::vector<std::size_t> provingHeaders(Bench& bench, const Provider& provider);

} // namespace hookgate::plugin::check
