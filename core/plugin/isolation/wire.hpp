#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::plugin::isolation {

// The first word of every frame between the gateway and a plugin host: "HGP" and the version of the
// protocol. Both sides are built from the same sources; another version is a mix of installations.
inline constexpr std::uint32_t kProtocol = 0x01504748;

// What a frame is. The gateway asks and the host answers each question once; lines of the plugin's
// log come before the answer.
enum class Kind : std::uint32_t {
    Ready = 1,    // host: the code is loaded and confined
    Describe = 2, // what does the plugin say of itself?
    Create = 3,   // make the one instance of this process
    Verify = 4,
    Normalize = 5,
    Format = 6,
    Line = 16,   // host: a level and a message
    Answer = 17, // host: what was asked for
    Refusal = 18 // host: why there is no answer, for the operator
};

struct Frame {
    Kind kind{};
    std::string payload{};
};

inline constexpr std::size_t kHeadBytes = 3 * sizeof(std::uint32_t);

// Puts together one frame: a head of protocol, kind and size, then numbers in the machine's order
// and texts behind their size.
class Writer {
public:
    explicit Writer(Kind kind);

    Writer& number(std::uint32_t value);
    Writer& wide(std::int64_t value);
    Writer& text(std::string_view value);
    Writer& texts(const std::vector<std::string>& values);

    // The whole frame. REQUIRES: less than 4 GiB.
    std::string_view frame();

private:
    std::string bytes_;
};

// Reads what a frame carries. The bytes may be hostile: what is not there reads as nothing, and
// complete() tells in the end.
class Reader {
public:
    explicit Reader(std::string_view payload) noexcept : rest_{payload} {}

    std::uint32_t number() noexcept;
    std::int64_t wide() noexcept;
    std::string_view text() noexcept; // valid as long as the payload
    std::vector<std::string> texts();

    // How many elements follow, each of `bytes` at least: never more than could be there.
    std::size_t count(std::size_t bytes) noexcept;

    // Everything was there, and nothing more.
    bool complete() const noexcept { return !broken_ && rest_.empty(); }

private:
    bool take(void* to, std::size_t size) noexcept;

    std::string_view rest_;
    bool broken_ = false;
};

} // namespace hookgate::plugin::isolation
