#include "core/management/replay.hpp"

#include "tests/unit/management/fakes.hpp"

#include <gtest/gtest.h>

namespace hookgate::management::test {
namespace {

class ReplayRequest : public ::testing::Test {
protected:
    ReplayRequest() { store_.receipt = store::ReplayReceipt{uuid(42), true}; }

    http::Reply send(std::string body, std::string content_type = "application/json",
                     std::string id = uuid(7).text()) {
        RequestBuilder request;
        if (!content_type.empty()) request.header("content-type", std::move(content_type));
        request.parameter("id", std::move(id)).body(std::move(body));
        return replay_.request(request.get());
    }

    FakeStore store_;
    SilentLog log_;
    int woken_ = 0;
    Replay replay_{store_, log_, "management", [this] { ++woken_; }};
};

TEST_F(ReplayRequest, IsStoredAndWakesDelivery) {
    const auto reply = send(R"({"requestedBy":"  ops@example.com ","reason":"receiver lost it"})");
    ASSERT_EQ(reply.status, 202) << reply.body;
    EXPECT_EQ(json(reply).at("data"),
              (nlohmann::json{{"replayRequestId", uuid(42).text()}, {"eventId", uuid(7).text()}}));
    ASSERT_EQ(store_.replays.size(), 1U);
    EXPECT_EQ(store_.replays[0].event_id, uuid(7));
    EXPECT_EQ(store_.replays[0].requested_by, "ops@example.com");
    EXPECT_EQ(store_.replays[0].reason, "receiver lost it");
    EXPECT_EQ(store_.replays[0].key_name, "management");
    EXPECT_EQ(woken_, 1);
}

TEST_F(ReplayRequest, OfAnEventInFlightDoesNotWakeDelivery) {
    store_.receipt->due_now = false;
    EXPECT_EQ(send(R"({"reason":"again please"})").status, 202);
    EXPECT_EQ(woken_, 0);
}

TEST_F(ReplayRequest, HasADefaultRequester) {
    EXPECT_EQ(send(R"({"reason":"again please"})", "Application/JSON; charset=utf-8").status, 202);
    EXPECT_EQ(store_.replays.at(0).requested_by, "api-user");
}

TEST_F(ReplayRequest, CountsCharactersNotBytes) {
    const auto text = [](std::size_t count) {
        std::string result;
        for (std::size_t i = 0; i < count; ++i)
            result += "\xf0\x9f\x98\x80"; // one character, four bytes
        return result;
    };
    const auto body = [&](std::size_t requester, std::size_t reason) {
        return R"({"requestedBy":")" + text(requester) + R"(","reason":")" + text(reason) + R"("})";
    };
    EXPECT_EQ(send(body(2, 5)).status, 202);
    EXPECT_EQ(send(body(120, 500)).status, 202);
    EXPECT_EQ(complaints(send(body(1, 4))), (std::vector<std::string>{"requestedBy", "reason"}));
    EXPECT_EQ(complaints(send(body(121, 501))),
              (std::vector<std::string>{"requestedBy", "reason"}));
}

TEST_F(ReplayRequest, NeedsAReason) {
    for (const auto* body :
         {"", "{}", R"({"reason":"    x    "})", R"({"reason":"abcd"})", R"({"reason":null})",
          R"({"reason":12345})", R"({"reason":"ab\u0000cd"})", R"({"reason":"ab\u001bcd"})"})
        EXPECT_EQ(complaints(send(body)), std::vector<std::string>{"reason"}) << body;
    EXPECT_TRUE(store_.replays.empty());
}

TEST_F(ReplayRequest, RefusesFieldsItDoesNotKnow) {
    EXPECT_EQ(complaints(send(R"({"reason":"again please","requestedby":"x"})")),
              std::vector<std::string>{"requestedby"});
}

TEST_F(ReplayRequest, RefusesBodiesThatAreNoPlainObject) {
    const std::vector<std::string> bodies{
        "[]",
        "null",
        "\"reason\"",
        "{",
        R"({"reason":"again please"}x)",
        R"({"reason":"again please","reason":"again please"})",
        "{\"reason\":\"again \xff please\"}",
        R"({"reason":"again \ud800 please"})",
        "{\"reason\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}"};
    for (const auto& body : bodies)
        EXPECT_EQ(complaints(send(body)), std::vector<std::string>{"body"}) << body.substr(0, 60);
    EXPECT_TRUE(store_.replays.empty());
}

TEST_F(ReplayRequest, IsJsonOrNothing) {
    for (const auto* type : {"", "text/plain", "application/x-www-form-urlencoded",
                             "application/jsonp", "application/json+x"})
        EXPECT_EQ(send(R"({"reason":"again please"})", type).status, 415) << type;
    EXPECT_EQ(complaints(send("", "")), std::vector<std::string>{"reason"});
}

TEST_F(ReplayRequest, TellsAnUnknownEventFromAnIdThatIsNone) {
    store_.receipt.reset();
    EXPECT_EQ(send(R"({"reason":"again please"})").status, 404);
    EXPECT_EQ(woken_, 0);
    EXPECT_EQ(complaints(send(R"({"reason":"no"})", "application/json", "7")),
              (std::vector<std::string>{"id", "reason"}));
}

} // namespace
} // namespace hookgate::management::test
