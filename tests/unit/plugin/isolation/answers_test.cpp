#include "core/plugin/isolation/answers.hpp"

#include "core/plugin/isolation/description.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hookgate::plugin::isolation {
namespace {

using ::testing::HasSubstr;

using Events = std::vector<NormalizedEvent>;

std::string payloadOf(const std::string& frame) {
    return frame.substr(kHeadBytes);
}

std::string acceptance() {
    return payloadOf(
        write(Verdict{.decision = Decision::Accept, .key_id = "k1", .signed_at = 1234}));
}

std::string handshake() {
    return payloadOf(write(Verdict{.decision = Decision::Respond,
                                   .response_status = 200,
                                   .response_content_type = "text/plain",
                                   .response_body = "challenge",
                                   .response_headers = {{"x-hook-secret", "1"}}}));
}

std::string twoEvents() {
    return payloadOf(write(Events{{.external_id = "e1", .type = "a", .payload = "{}", .test = true},
                                  {.type = "b", .payload = "[1]", .occurred_at = 5}},
                           "the body"));
}

std::string description() {
    Descriptor descriptor{"1.2.3", "1.0", {}};
    auto& info = descriptor.providers.emplace_back().info;
    info.name = "acme";
    info.title = "Acme";
    info.settings_schema = "{}";
    info.secret_headers = {"x-token"};
    info.methods = {"GET"};
    info.formats = true;
    info.signs_body = false;
    info.contract.answers = {{Outcome::Accepted, 200, "text/plain", "ok"}};
    info.contract.retries_on = {500, 503};
    info.contract.tolerance = std::chrono::minutes{5};
    return payloadOf(write(descriptor));
}

// Whatever a hostile process sends of an answer that was right: all of its beginnings, and each
// byte changed.
template <class Try>
void changeEachWay(const std::string& right, const Try& attempt) {
    for (std::size_t size = 0; size < right.size(); ++size)
        attempt(right.substr(0, size));
    for (std::size_t at = 0; at < right.size(); ++at)
        for (const char change : {'\x01', '\x80', '\xff'}) {
            auto changed = right;
            changed[at] = static_cast<char>(changed[at] ^ change);
            attempt(changed);
        }
    attempt(right + '\0');
}

TEST(IsolatedAnswers, CarryVerdicts) {
    const auto accepted = readVerdictAnswer(acceptance());
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->decision, Decision::Accept);
    EXPECT_EQ(accepted->key_id, "k1");
    EXPECT_EQ(accepted->signed_at, 1234);

    const auto responded = readVerdictAnswer(handshake());
    ASSERT_TRUE(responded);
    EXPECT_EQ(responded->response_body, "challenge");
    EXPECT_EQ(responded->response_headers.at(0).first, "x-hook-secret");

    const auto rejected =
        readVerdictAnswer(payloadOf(write(Verdict{.reason = RejectReason::TimestampOutOfRange})));
    ASSERT_TRUE(rejected);
    EXPECT_EQ(rejected->reason, RejectReason::TimestampOutOfRange);
}

TEST(IsolatedAnswers, CarryEventsAndTheBodyAsItIs) {
    const auto events = readEventsAnswer(twoEvents(), "the body");
    ASSERT_TRUE(events) << events.error().explanation;
    ASSERT_EQ(events->size(), 2U);
    EXPECT_EQ((*events)[0].external_id, "e1");
    EXPECT_TRUE((*events)[0].test);
    EXPECT_EQ((*events)[1].payload, "[1]");

    const auto as_it_is =
        payloadOf(write(Events{{.type = "a", .payload = "{\"a\":1}"}}, "{\"a\":1}"));
    const auto same = readEventsAnswer(as_it_is, "{\"a\":1}");
    ASSERT_TRUE(same);
    EXPECT_EQ(same->at(0).payload, "{\"a\":1}");
}

TEST(IsolatedAnswers, CarryFailuresThatTheStepMayHave) {
    const base::Result<Events, CallError> ignored{
        base::Error{CallError{CallFailure::Ignored, "of no interest"}}};
    const auto read = readEventsAnswer(payloadOf(write(ignored, "")), "");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().failure, CallFailure::Ignored);
    EXPECT_EQ(read.error().explanation, "of no interest");

    const base::Result<Verdict, CallError> odd{base::Error{CallError{CallFailure::Ignored, {}}}};
    const auto refused = readVerdictAnswer(payloadOf(write(odd)));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().failure, CallFailure::Internal);
    EXPECT_THAT(refused.error().explanation, HasSubstr("misbehaves"));
}

TEST(IsolatedAnswers, RejectAMalformedEventAloneUnlessThereIsNoOther) {
    const NormalizedEvent good{.external_id = "e1", .type = "a", .payload = "{}"};
    const NormalizedEvent long_id{
        .external_id = std::string(513, 'x'), .type = "a", .payload = "{}"};
    const NormalizedEvent rejected{.rejected = RejectReason::SignatureMismatch};
    const auto read = [](const Events& events) {
        return readEventsAnswer(payloadOf(write(events, "the body")), "the body");
    };
    const auto mixed = read({good, long_id, good});
    ASSERT_TRUE(mixed) << mixed.error().explanation;
    ASSERT_EQ(mixed->size(), 3U);
    EXPECT_FALSE((*mixed)[0].rejected);
    EXPECT_EQ((*mixed)[1].rejected, RejectReason::Unspecified);
    EXPECT_EQ((*mixed)[2].external_id, "e1");

    for (const auto& none : {Events{long_id, long_id}, Events{rejected, long_id}}) {
        const auto refused = read(none);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().failure, CallFailure::Malformed);
        EXPECT_THAT(refused.error().explanation, HasSubstr("longer than 512 bytes"));
    }
}

TEST(IsolatedAnswers, KeepNoCopyOfTheBodyForARejectedEvent) {
    const auto events = readEventsAnswer(
        payloadOf(write(Events{{.rejected = RejectReason::SignatureMismatch}}, "the body")),
        "the body");
    ASSERT_TRUE(events);
    EXPECT_EQ(events->at(0).rejected, RejectReason::SignatureMismatch);
    EXPECT_EQ(events->at(0).payload, "");
}

TEST(IsolatedAnswers, OfAHostileProcessAreAnswersOrFailures) {
    changeEachWay(handshake(), [](const std::string& bytes) {
        const auto verdict = readVerdictAnswer(bytes);
        if (verdict) {
            EXPECT_LE(verdict->response_status, 499);
        }
    });
    changeEachWay(twoEvents(), [](const std::string& bytes) {
        const auto events = readEventsAnswer(bytes, "the body");
        if (events) {
            EXPECT_FALSE(events->empty());
        }
    });
    const auto outbound = payloadOf(write(Outbound{"text/plain", "hello", {{"x-a", "b"}}}));
    changeEachWay(outbound, [](const std::string& bytes) {
        const auto read = readOutboundAnswer(bytes);
        if (!read) {
            EXPECT_NE(read.error().failure, CallFailure::Unavailable);
            EXPECT_NE(read.error().failure, CallFailure::NotAsked);
        }
    });
}

TEST(IsolatedAnswers, OfTooManyEventsAreRefusedBeforeTheyAreMade) {
    Writer writer{Kind::Answer};
    writer.number(0).number(~std::uint32_t{0});
    const auto events = readEventsAnswer(writer.frame().substr(kHeadBytes), "");
    ASSERT_FALSE(events);
    EXPECT_EQ(events.error().failure, CallFailure::Internal);
}

TEST(IsolatedDescription, CarriesWhatAPluginDeclares) {
    const auto read = readDescription(description());
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(read->version, "1.2.3");
    EXPECT_EQ(read->abi, "1.0");
    const auto& type = read->providers.at(0);
    EXPECT_EQ(type.functions, nullptr);
    EXPECT_EQ(type.info.name, "acme");
    EXPECT_TRUE(type.info.formats);
    EXPECT_FALSE(type.info.signs_body);
    EXPECT_EQ(type.info.contract.answers.at(0).body, "ok");
    EXPECT_EQ(type.info.contract.tolerance, std::chrono::minutes{5});
}

TEST(IsolatedDescription, OfAHostileProcessIsCheckedLikeThatOfALoadedPlugin) {
    changeEachWay(description(), [](const std::string& bytes) {
        const auto read = readDescription(bytes);
        if (!read) {
            EXPECT_FALSE(read.error().empty());
        }
    });
}

} // namespace
} // namespace hookgate::plugin::isolation
