#include "core/http/characters.hpp"
#include "core/http/request_parser.hpp"
#include "tests/fuzz/require.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::http {
namespace {

constexpr RequestParser::Limits kLimits{
    .header_bytes_max = 2048,
    .head = {.header_count_max = 20, .target_bytes_max = 512, .body_bytes_max = 4096}};

struct Outcome {
    std::vector<std::string> requests;
    bool failed = false;
    ErrorCode code{};
};

// What every accepted request must be, whoever asks.
void check(const Request& request) {
    HG_REQUIRE(isToken(request.method));
    HG_REQUIRE(isAllOf(request.target, CharacterClass::kVisible));
    HG_REQUIRE(request.target.starts_with('/') || request.target == "*");
    HG_REQUIRE(request.headers.size() <= kLimits.head.header_count_max);
    HG_REQUIRE(request.head_bytes.size() <= kLimits.header_bytes_max);
    HG_REQUIRE(request.body.size() <= kLimits.head.body_bytes_max);
    int hosts = 0;
    int lengths = 0;
    for (const auto& header : request.headers) {
        HG_REQUIRE(isToken(header.name));
        HG_REQUIRE(isFieldValue(header.value));
        hosts += header.name == "host" ? 1 : 0;
        const bool says_length =
            header.name == "content-length" || header.name == "transfer-encoding";
        lengths += says_length ? 1 : 0;
        if (header.name == "content-length")
            HG_REQUIRE(std::stoull(std::string{header.value}) == request.body.size());
    }
    HG_REQUIRE(hosts == 1);
    HG_REQUIRE(lengths <= 1);
    HG_REQUIRE(lengths == 1 || request.body.empty());
}

std::string describe(const Request& request) {
    std::string text = request.method + " " + request.target + "\n";
    for (const auto& header : request.headers)
        text.append(header.name).append(":").append(header.value).append("\n");
    return text + request.body;
}

Outcome parse(std::string_view bytes, std::size_t piece_bytes) {
    RequestParser parser{kLimits};
    Outcome outcome;
    while (!bytes.empty()) {
        auto piece = bytes.substr(0, piece_bytes);
        bytes.remove_prefix(piece.size());
        for (auto step = RequestParser::Step::Head; step != RequestParser::Step::NeedMore;) {
            step = parser.feed(piece);
            if (step == RequestParser::Step::Complete) {
                const auto request = parser.take();
                check(*request);
                outcome.requests.push_back(describe(*request));
            } else if (step == RequestParser::Step::Failed) {
                outcome.failed = true;
                outcome.code = parser.failure().code;
                return outcome;
            }
        }
    }
    return outcome;
}

} // namespace
} // namespace hookgate::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    // The first byte says how the rest is cut.
    const std::string bytes(data + 1, data + size);
    const auto whole = hookgate::http::parse(bytes, bytes.size() + 1);
    const auto pieces = hookgate::http::parse(bytes, std::size_t{data[0]} + 1);
    HG_REQUIRE(whole.requests == pieces.requests);
    HG_REQUIRE(whole.failed == pieces.failed);
    return 0;
}
