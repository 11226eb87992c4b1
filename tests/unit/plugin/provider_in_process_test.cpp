#include "core/plugin/provider_in_process.hpp"

#include "tests/unit/plugin/loaded_plugin.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace hookgate::plugin {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

// One provider of a plugin of tests/abi, asked to do things by the body of a request.
class Subject {
public:
    Subject(const std::string& plugin, const std::string& provider)
        : plugin_{plugin},
          provider_{*plugin_.create(provider)} {}

    base::Result<Verdict, CallError> verify(std::string_view body,
                                            std::vector<HeaderView> headers = {}) const {
        return provider_->verify({.headers = headers, .method = "POST", .body = body});
    }

    base::Result<std::vector<NormalizedEvent>, CallError> normalize(std::string_view body) const {
        return provider_->normalize({.headers = {}, .method = "POST", .body = body});
    }

    const Provider& operator*() const noexcept { return *provider_; }

private:
    LoadedPlugin plugin_;
    std::shared_ptr<const Provider> provider_;
};

template <class T>
void expectFailure(const base::Result<T, CallError>& result, CallFailure failure,
                   const std::string& words) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().failure, failure) << result.error().explanation;
    EXPECT_THAT(result.error().explanation, HasSubstr(words));
}

TEST(PluginBoundary, ContainsWhatTheSdkCatches) {
    const Subject hostile{"hostile", "hostile"};
    expectFailure(hostile.verify("throw int"), CallFailure::Internal, "no std::exception");
    expectFailure(hostile.verify("throw class"), CallFailure::Internal, "no std::exception");
    expectFailure(hostile.verify("throw runtime_error"), CallFailure::Internal, "boom");
    expectFailure(hostile.verify("fail without failing"), CallFailure::Internal, "odd");
    expectFailure(hostile.verify("out of memory"), CallFailure::Limit, "out of memory");
    expectFailure(hostile.verify("exhaust arena"), CallFailure::Limit, "arena exhausted");
    EXPECT_TRUE(hostile.verify("fine"));
}

TEST(PluginBoundary, ContainsExceptionsThatCrossIt) {
    const Subject liar{"raw_liar", "raw_liar"};
    expectFailure(liar.verify("throw"), CallFailure::Internal, "threw an exception across");
    EXPECT_TRUE(liar.verify("fine"));
}

TEST(PluginBoundary, ContainsInstancesThatCannotBeMade) {
    const LoadedPlugin liar{"raw_liar"};
    EXPECT_THAT(liar.create("raw_liar", R"({"throw":1})").error(), HasSubstr("threw an exception"));
    EXPECT_THAT(liar.create("raw_liar", R"({"null":1})").error(), HasSubstr("made no instance"));
    EXPECT_THAT(liar.create("raw_liar", "[]").error(), HasSubstr("no JSON object"));
    EXPECT_THAT(liar.create("raw_liar", "{").error(), HasSubstr("no JSON object"));
}

TEST(PluginBoundary, RefusesEmptySecrets) {
    PluginsDirectory directory;
    directory.add("simple", "simple.so");
    RecordingLog log;
    const base::SystemClock clock;
    const Registry registry{{.directory = directory.path()}, inProcessInstances(log, clock)};
    const auto provider =
        registry.create({.provider = "simple", .integration = "x", .secrets = {{"k", ""}}});
    ASSERT_FALSE(provider);
    EXPECT_THAT(provider.error(), HasSubstr("'k' is empty"));
}

TEST(PluginBoundary, BelievesNoDecisionStatusOrSizeItDoesNotKnow) {
    const Subject liar{"raw_liar", "raw_liar"};
    for (const auto* const lie :
         {"decision", "status", "null with size", "huge", "past the input", "heap"})
        expectFailure(liar.verify(lie), CallFailure::Internal, "misbehaves");
    for (const auto* const lie :
         {"count", "stride", "wrapping stride", "null", "short event", "status"})
        expectFailure(liar.normalize(lie), CallFailure::Internal, "misbehaves");
}

TEST(PluginBoundary, TakesTextFromInputStaticDataAndArena) {
    const Subject liar{"raw_liar", "raw_liar"};
    EXPECT_EQ(liar.verify("input")->key_id, "input");
    EXPECT_EQ(liar.verify("static")->key_id, "static");
    EXPECT_EQ(liar.normalize("arena")->front().payload, "{}");
}

TEST(PluginBoundary, RefusesPayloadsThatAreNoJsonInUtf8) {
    const Subject hostile{"hostile", "hostile"};
    expectFailure(hostile.normalize("payload no json"), CallFailure::Internal, "no JSON");
    expectFailure(hostile.normalize("payload no utf8"), CallFailure::Internal, "no JSON");
    expectFailure(hostile.normalize("type no utf8"), CallFailure::Malformed, "no UTF-8");
    expectFailure(hostile.normalize("no type"), CallFailure::Internal, "no type");
    expectFailure(hostile.normalize("invalid settings"), CallFailure::Internal, "misbehaves");
}

TEST(PluginBoundary, TellsTheSenderOfFieldsThatNoStoreCouldKeep) {
    const Subject hostile{"hostile", "hostile"};
    expectFailure(hostile.normalize("control"), CallFailure::Malformed, "control characters");
    expectFailure(hostile.normalize("long id"), CallFailure::Malformed, "longer than 512 bytes");
    expectFailure(hostile.normalize("many events"), CallFailure::Limit, "at most 1000");
}

TEST(PluginBoundary, TakesTheBodyForAPayloadThatIsLeftOut) {
    const Subject hostile{"hostile", "hostile"};
    const auto events = hostile.normalize(R"({"n":1.10})");
    ASSERT_TRUE(events);
    EXPECT_EQ(events->front().payload, R"({"n":1.10})");
    expectFailure(hostile.normalize("no json"), CallFailure::Malformed, "no JSON");
}

TEST(PluginBoundary, TellsIgnoredFromBroken) {
    const Subject hostile{"hostile", "hostile"};
    expectFailure(hostile.normalize("ignore"), CallFailure::Ignored, "not for us");
    expectFailure(hostile.normalize("nothing"), CallFailure::Ignored, "no event");
}

TEST(PluginBoundary, RejectsADoubledHeaderEvenIfThePluginSwallowsIt) {
    const Subject hostile{"hostile", "hostile"};
    const auto once = hostile.verify("swallow doubled header", {{"x-proof", "a"}});
    EXPECT_EQ(once->decision, Decision::Accept);
    const auto twice =
        hostile.verify("swallow doubled header", {{"x-proof", "a"}, {"x-proof", "a"}});
    ASSERT_TRUE(twice);
    EXPECT_EQ(twice->decision, Decision::Reject);
    EXPECT_EQ(twice->reason, RejectReason::DuplicateHeader);
}

TEST(PluginBoundary, TakesMalformedProofForARejection) {
    const Subject hostile{"hostile", "hostile"};
    const auto verdict = hostile.verify("malformed");
    ASSERT_TRUE(verdict);
    EXPECT_EQ(verdict->decision, Decision::Reject);
    EXPECT_EQ(verdict->reason, RejectReason::SignatureMalformed);
}

TEST(PluginBoundary, PassesOnHandshakesThatAreSound) {
    const Subject hostile{"hostile", "hostile"};
    const auto answer = hostile.verify("greet");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->decision, Decision::Respond);
    EXPECT_EQ(answer->response_status, 200);
    EXPECT_EQ(answer->response_body, "hello");
    expectFailure(hostile.verify("respond oddly"), CallFailure::Internal, "status 99");
    expectFailure(hostile.verify("split the answer"), CallFailure::Internal, "control characters");
    EXPECT_TRUE((*hostile).acceptsMethod("GET"));
    EXPECT_FALSE((*hostile).acceptsMethod("PUT"));
}

TEST(PluginBoundary, KeepsTheGatewaysHeadersOutOfAPluginsHands) {
    const Subject hostile{"hostile", "hostile"};
    const auto outbound = (*hostile).format({.payload = "{}"});
    ASSERT_TRUE(outbound);
    EXPECT_EQ(outbound->content_type, "application/json");
    EXPECT_THAT(outbound->headers, ElementsAre(Pair("x-mine", "kept")));
    expectFailure((*hostile).format({.type = "inject", .payload = "{}"}), CallFailure::Internal,
                  "header");
    expectFailure((*hostile).format({.type = "throw", .payload = "{}"}), CallFailure::Internal, "");
}

TEST(PluginBoundary, LeavesFormattingToTheGatewayWhenThereIsNone) {
    const Subject liar{"raw_liar", "raw_liar"};
    expectFailure((*liar).format({.payload = "{}"}), CallFailure::Unsupported, "");
}

TEST(PluginBoundary, KeepsSecretsOutOfLogsAndMessagesAndBoundsTheFlood) {
    const LoadedPlugin hostile{"hostile"};
    ASSERT_TRUE(hostile.create("hostile", R"({"flood":true})"));
    const auto lines = hostile.log().lines();
    EXPECT_THAT(lines, SizeIs(20));
    EXPECT_THAT(lines.front(), HasSubstr("message=flood\n[redacted]"));
    EXPECT_THAT(lines, Not(Contains(HasSubstr("secret-of-the-test"))));
    const auto refused = hostile.create("hostile", R"({"refuse":true})");
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error(), HasSubstr("refuse must not be set"));
    EXPECT_THAT(refused.error(), Not(HasSubstr("secret-of-the-test")));
}

TEST(PluginBoundary, RefusesSettingsThatAreNotAsTheSchemaSaysAndNamesTheKey) {
    const LoadedPlugin simple{"simple"};
    const auto refused = simple.create("simple", R"({"colour":"red"})");
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error(), HasSubstr("colour is no setting of this provider"));
}

TEST(PluginBoundary, ServesManyThreadsOnOneInstance) {
    const Subject hostile{"hostile", "hostile"};
    std::atomic<int> wrong{0};
    const auto work = [&] {
        for (int i = 0; i < 500; ++i) {
            if (!hostile.verify("fine")) ++wrong;
            if (hostile.verify("throw int")) ++wrong;
            if (!hostile.normalize(R"({"n":12345678901234567890})")) ++wrong;
        }
    };
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back(work);
    }
    EXPECT_EQ(wrong, 0);
}

} // namespace
} // namespace hookgate::plugin
