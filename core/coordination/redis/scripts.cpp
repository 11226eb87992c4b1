#include "core/coordination/redis/scripts.hpp"

#include "core/base/hex.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstdint>

namespace hookgate::coordination::redis {
namespace {

// What is spent is counted in units of which a request costs as many as a minute has milliseconds,
// so that a millisecond refills `limit` of them: whole numbers, exact in Lua's doubles. A bucket
// expires when it is full again. A refusal writes only when the server's clock was set back.
constexpr std::string_view kAdmit = R"lua(
local minute = 60000
local limit = tonumber(ARGV[1])
local wanted = tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local spent, at = 0, now
local stored = redis.call('GET', KEYS[1])
if stored then
  local was, when = string.match(stored, '^(%d+) (%d+)$')
  if was then
    at = tonumber(when)
    local elapsed = math.max(0, math.min(now - at, minute))
    spent = math.max(0, tonumber(was) - elapsed * limit)
  end
end
local room = math.floor((limit * minute - spent) / minute)
local admitted = math.max(0, math.min(room, wanted))
spent = spent + admitted * minute
if admitted > 0 or at > now then
  local life = math.max(1, math.ceil(spent / limit))
  redis.call('SET', KEYS[1], string.format('%.0f %.0f', spent, now), 'PX', string.format('%.0f', life))
end
local missing = math.max(0, spent + minute - limit * minute)
return string.format('%.0f %.0f', admitted, math.ceil(math.ceil(missing / limit) / 1000))
)lua";

constexpr std::string_view kUnlock = R"lua(
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
)lua";

Script named(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha1(), nullptr);
    return {text, base::toHex(std::span{digest}.first(length))};
}

} // namespace

const Script& admitScript() {
    static const Script kScript = named(kAdmit);
    return kScript;
}

const Script& unlockScript() {
    static const Script kScript = named(kUnlock);
    return kScript;
}

} // namespace hookgate::coordination::redis
