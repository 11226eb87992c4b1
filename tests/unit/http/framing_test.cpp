#include "core/http/request_parser.hpp"
#include "tests/unit/http/edge_fixture.hpp"
#include "tests/unit/http/framing_cases.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace hookgate::http::test {
namespace {

// Longer ones would cost minutes byte by byte and show nothing new.
constexpr std::size_t kDripBytesMax = 2000;
constexpr std::string_view kErrorEnvelope = R"({"success":false,"error":{"code":")";

class FramingTest : public EdgeTest {
protected:
    enum class Sending { AtOnce, ByteByByte };

    void SetUp() override { start(); }

    void check(const FramingCase& framing_case, Sending sending) {
        SCOPED_TRACE(framing_case.name);
        auto peer = connect();
        // The server may close before the last byte; what it answered counts.
        if (sending == Sending::AtOnce) {
            peer.send(framing_case.bytes);
        } else {
            for (const char& byte : framing_case.bytes)
                if (!peer.send({&byte, 1})) break;
        }
        const bool is_head = framing_case.bytes.starts_with("HEAD");
        for (const int status : framing_case.statuses) {
            auto answer = peer.receive(is_head);
            // Whether a body was on its way when the head was complete is a matter of time.
            if (sending == Sending::ByteByByte && answer && answer->status == 100 && status != 100)
                answer = peer.receive(is_head);
            ASSERT_TRUE(answer) << "no answer where " << status << " was due";
            EXPECT_EQ(answer->status, status) << answer->body;
            EXPECT_TRUE(status < 400 || answer->body.starts_with(kErrorEnvelope)) << answer->body;
        }
        if (framing_case.ending == "keep") {
            peer.send(kGetOk);
            const auto answer = peer.receive();
            ASSERT_TRUE(answer) << "the connection did not go on";
            EXPECT_EQ(answer->status, 200);
        } else {
            if (framing_case.ending == "cut") peer.shutdownSend();
            EXPECT_TRUE(peer.seesEnd()) << "the connection was not closed, or more was answered";
        }
        EXPECT_EQ(canary_.calls.exchange(0), 0) << "a smuggled request was run";
    }
};

TEST_F(FramingTest, HasCasesEnoughAndNamesThemOnce) {
    const auto cases = loadFramingCases();
    std::set<std::string> names;
    for (const auto& framing_case : cases)
        EXPECT_TRUE(names.insert(framing_case.name).second) << framing_case.name;
    EXPECT_GE(cases.size(), 250U);
}

TEST_F(FramingTest, AnswersEveryCaseSentAtOnce) {
    for (const auto& framing_case : loadFramingCases())
        check(framing_case, Sending::AtOnce);
}

TEST_F(FramingTest, AnswersEveryCaseSentByteByByte) {
    for (const auto& framing_case : loadFramingCases())
        if (framing_case.bytes.size() <= kDripBytesMax) check(framing_case, Sending::ByteByByte);
}

// What the parser made of some bytes.
struct Outcome {
    std::vector<std::string> requests; // target and body
    bool failed = false;
    ErrorCode code{};

    bool operator==(const Outcome&) const = default;
};

Outcome parseInPieces(std::string_view bytes, std::size_t piece_bytes) {
    const RequestParser::Limits limits{.header_bytes_max = 16 * 1024,
                                       .head = {.body_bytes_max = 64 * 1024}};
    RequestParser parser{limits};
    Outcome outcome;
    while (!bytes.empty()) {
        auto piece = bytes.substr(0, piece_bytes);
        bytes.remove_prefix(piece.size());
        auto step = RequestParser::Step::Head;
        while (step != RequestParser::Step::NeedMore) {
            step = parser.feed(piece);
            if (step == RequestParser::Step::Complete) {
                const auto request = parser.take();
                outcome.requests.push_back(request->target + " " + request->body);
            } else if (step == RequestParser::Step::Failed) {
                outcome.failed = true;
                outcome.code = parser.failure().code;
                return outcome;
            }
        }
    }
    return outcome;
}

TEST(RequestParserPieces, GiveTheSameAsTheWhole) {
    for (const auto& framing_case : loadFramingCases()) {
        SCOPED_TRACE(framing_case.name);
        const auto whole = parseInPieces(framing_case.bytes, framing_case.bytes.size() + 1);
        for (const std::size_t piece_bytes : {1U, 2U, 3U, 7U, 64U, 1000U})
            EXPECT_TRUE(parseInPieces(framing_case.bytes, piece_bytes) == whole) << piece_bytes;
    }
}

} // namespace
} // namespace hookgate::http::test
