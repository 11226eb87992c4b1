#include "tests/unit/pipeline/intake_fixture.hpp"

#include <map>

namespace hookgate::pipeline {
namespace {

using nlohmann::json;

TEST_F(IntakeTest, StoresAnAuthenticWebhookAndHandsItsEventOver) {
    const auto reply = accept(request(R"({"n":1.10})"));
    EXPECT_EQ(reply.status, 202);
    const auto answer = json::parse(reply.body);
    ASSERT_EQ(store.webhooks.size(), 1U);
    const auto& webhook = store.webhooks[0];
    EXPECT_EQ(answer["data"]["eventId"], webhook.events[0].id.text());
    EXPECT_EQ(answer["data"]["status"], "queued");
    EXPECT_EQ(answer["data"]["duplicate"], false);
    EXPECT_EQ(answer["data"]["correlationId"], header(reply, "x-correlation-id"));
    EXPECT_FALSE(answer["data"].contains("events"));
    EXPECT_EQ(webhook.body, R"({"n":1.10})");
    EXPECT_EQ(webhook.source_ip, "203.0.113.9");
    EXPECT_EQ(webhook.events[0].idempotency_key, "shop:e1");
    EXPECT_EQ(webhook.events[0].occurred_at, 1'700'000'000'000);
    ASSERT_EQ(hand_over.items.size(), 1U);
    EXPECT_EQ(hand_over.items[0].payload, "{\"n\":1.10}");
    EXPECT_EQ(hand_over.items[0].ref.claim, store::kFirstClaim);
    EXPECT_EQ(hand_over.items[0].lease_expires, 99);
    EXPECT_EQ(hand_over.reserved_bytes, 0U);
}

TEST_F(IntakeTest, KeepsWhatThePluginSaysOfAWebhookAndItsEvents) {
    provider->verdict = plugin::Verdict{.decision = plugin::Decision::Accept, .key_id = "2025"};
    provider->events = std::vector<plugin::NormalizedEvent>{
        {.external_id = "e1", .type = "t", .payload = "{}", .test = true},
        {.external_id = "e2", .type = "t", .payload = "{}"}};
    accept(request());
    ASSERT_EQ(store.webhooks.size(), 1U);
    EXPECT_EQ(store.webhooks[0].key_id, "2025");
    EXPECT_TRUE(store.webhooks[0].events[0].test);
    EXPECT_FALSE(store.webhooks[0].events[1].test);
    ASSERT_EQ(hand_over.items.size(), 2U);
    EXPECT_TRUE(hand_over.items[0].test);
    EXPECT_FALSE(hand_over.items[1].test);
}

TEST_F(IntakeTest, CountsProofsBySecretsThatAreConfigured) {
    integration->record.secrets = {{.key_id = "2026", .value = {}},
                                   {.key_id = "2025", .value = {}}};
    for (const auto* key_id : {"2025", "2026", "2025", "made-up", ""}) {
        provider->verdict = plugin::Verdict{.decision = plugin::Decision::Accept, .key_id = key_id};
        accept(request());
    }
    provider->verdict = plugin::Verdict{};
    accept(request());
    const auto text = metrics.exposition({});
    const auto counted = [&](const std::string& key_id, int count) {
        return text.find("hookgate_webhooks_authentic_total{key_id=\"" + key_id +
                         "\",provider=\"shop\"} " + std::to_string(count) + "\n") !=
               std::string::npos;
    };
    EXPECT_TRUE(counted("2025", 2));
    EXPECT_TRUE(counted("2026", 1));
    EXPECT_TRUE(counted("other", 2));
    EXPECT_EQ(text.find("made-up"), std::string::npos);
}

TEST_F(IntakeTest, RedactsCredentialsAndWhatTheProviderDeclaresSecret) {
    provider->secret_header = "x-token";
    accept(request());
    EXPECT_EQ(store.webhooks[0].headers,
              "x-token: [redacted]\r\nauthorization: [redacted]\r\nx-plain: ok\r\n");
}

TEST_F(IntakeTest, AnswersADuplicateWithTheFirstEventAndGivesThePlaceBack) {
    store.duplicate = true;
    const auto reply = accept(request());
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(json::parse(reply.body)["data"]["status"], "duplicate");
    EXPECT_TRUE(hand_over.items.empty());
    EXPECT_EQ(hand_over.reserved_bytes, 0U);
}

TEST_F(IntakeTest, AnswersARepetitionWithoutAskingTheStore) {
    const auto first = json::parse(accept(request()).body);
    const auto reply = accept(request());
    EXPECT_EQ(reply.status, 200);
    const auto answer = json::parse(reply.body);
    EXPECT_EQ(answer["data"]["eventId"], first["data"]["eventId"]);
    EXPECT_EQ(answer["data"]["status"], "duplicate");
    EXPECT_EQ(answer["data"]["duplicate"], true);
    EXPECT_EQ(answer["data"]["correlationId"], header(reply, "x-correlation-id"));
    EXPECT_EQ(store.webhooks.size(), 1U);
    EXPECT_EQ(hand_over.items.size(), 1U);
    EXPECT_EQ(hand_over.reserved_bytes, 0U);
}

TEST_F(IntakeTest, AsksTheStoreWhenARepetitionHasAnotherBody) {
    accept(request("{}"));
    accept(request("{ }"));
    EXPECT_EQ(store.webhooks.size(), 2U);
}

TEST_F(IntakeTest, AsksTheStoreWhenTheDatabaseIsNotTheSameAnyMore) {
    accept(request());
    store.life.bytes[0] = 8;
    accept(request());
    EXPECT_EQ(store.webhooks.size(), 2U);
    store.life = {};
    accept(request());
    EXPECT_EQ(store.webhooks.size(), 3U);
}

TEST_F(IntakeTest, RemembersNothingThatWasNotCommitted) {
    store.durable = false;
    accept(request());
    EXPECT_TRUE(coordinator.markers.empty());
}

TEST_F(IntakeTest, RemembersNothingOfADatabaseThatIsNotKnown) {
    store.life = {};
    accept(request());
    EXPECT_TRUE(coordinator.markers.empty());
}

TEST_F(IntakeTest, RemembersADuplicateButNoConflict) {
    store.duplicate = true;
    store.conflict = true;
    accept(request());
    EXPECT_TRUE(coordinator.markers.empty());
    store.conflict = false;
    accept(request());
    EXPECT_EQ(coordinator.markers.size(), 1U);
}

TEST_F(IntakeTest, VerifiesARepetitionToo) {
    accept(request());
    provider->verdict = plugin::Verdict{.reason = plugin::RejectReason::SignatureMismatch};
    EXPECT_EQ(accept(request()).status, 401);
}

TEST_F(IntakeTest, KnowsARequestOfSeveralEventsOnlyAsAWhole) {
    provider->events = std::vector<plugin::NormalizedEvent>{{.type = "a", .payload = "{}"},
                                                            {.type = "b", .payload = "{}"}};
    accept(request());
    EXPECT_EQ(json::parse(accept(request()).body)["data"]["events"].size(), 2U);
    EXPECT_EQ(store.webhooks.size(), 1U);
    coordinator.markers.erase(coordinator.markers.begin());
    accept(request());
    EXPECT_EQ(store.webhooks.size(), 2U);
}

TEST_F(IntakeTest, CountsRequestsThatCameTogetherTogetherAndAnswersEachByItself) {
    std::vector<Intake::Arrival> arrivals;
    for (std::uint64_t i = 0; i < 4; ++i)
        arrivals.push_back({request(std::to_string(i)), http::Completion{sink, i}});
    arrivals[1].request->parameters = {{"provider", "invented"}};
    arrivals[2].request->method = "PUT";
    intakeUnderTest().accept(arrivals);
    std::map<std::uint64_t, int> statuses;
    for (const auto& [ticket, reply] : sink->replies())
        statuses[ticket] = reply.status;
    EXPECT_EQ(statuses, (std::map<std::uint64_t, int>{{0, 202}, {1, 404}, {2, 405}, {3, 202}}));
    EXPECT_EQ(coordinator.counts, 1);
    EXPECT_EQ(coordinator.keys.size(), 2U);
    ASSERT_EQ(store.webhooks.size(), 2U);
    EXPECT_EQ(store.webhooks[1].body, "3");
}

TEST_F(IntakeTest, Answers503WhenTheCommitFailed) {
    store.durable = false;
    const auto reply = accept(request());
    EXPECT_EQ(reply.status, 503);
    EXPECT_NE(header(reply, "Retry-After"), "");
    EXPECT_TRUE(hand_over.items.empty());
    EXPECT_EQ(hand_over.reserved_bytes, 0U);
}

TEST_F(IntakeTest, LeavesTheEventToBeClaimedWhenMemoryIsFull) {
    hand_over.has_room = false;
    EXPECT_EQ(accept(request()).status, 202);
    EXPECT_FALSE(store.webhooks[0].events[0].leased);
    EXPECT_TRUE(hand_over.items.empty());
    EXPECT_EQ(hand_over.wakes, 1);
}

TEST_F(IntakeTest, ListsEveryEventOfABatchWithAKeyOfItsOwn) {
    provider->events = std::vector<plugin::NormalizedEvent>{{.type = "a", .payload = "{}"},
                                                            {.type = "b", .payload = "{}"}};
    const auto answer = json::parse(accept(request("[1,2]")).body);
    EXPECT_EQ(answer["data"]["events"].size(), 2U);
    const auto& events = store.webhooks[0].events;
    EXPECT_TRUE(events[0].idempotency_key.starts_with("shop:payload:"));
    EXPECT_TRUE(events[0].idempotency_key.ends_with("#0"));
    EXPECT_TRUE(events[1].idempotency_key.ends_with("#1"));
}

TEST_F(IntakeTest, DerivesTheKeyFromTheExactBodyWhenThereIsNoId) {
    provider->events = std::vector<plugin::NormalizedEvent>{{.type = "a", .payload = "{}"}};
    accept(request("abc"));
    EXPECT_EQ(store.webhooks[0].events[0].idempotency_key,
              "shop:payload:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_F(IntakeTest, StoresNothingThatIsNotAuthentic) {
    provider->verdict = plugin::Verdict{.reason = plugin::RejectReason::SignatureMismatch};
    const auto reply = accept(request());
    EXPECT_EQ(reply.status, 401);
    EXPECT_EQ(reply.body.find("signature"), std::string::npos);
    EXPECT_TRUE(store.webhooks.empty());
    EXPECT_EQ(provider->normalized, 0);
    EXPECT_EQ(sampled, std::vector<std::string>{"signature_mismatch"});
    EXPECT_NE(header(reply, "x-correlation-id"), "");
}

TEST_F(IntakeTest, StoresNothingThatIsMalformed) {
    provider->events =
        base::Error{plugin::CallError{plugin::CallFailure::Malformed, "no string at /id"}};
    const auto reply = accept(request());
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(json::parse(reply.body)["error"]["details"]["reason"], "no string at /id");
    EXPECT_TRUE(store.webhooks.empty());
}

TEST_F(IntakeTest, AnswersAFailingPluginWith500AndLogsIt) {
    provider->verdict = base::Error{plugin::CallError{plugin::CallFailure::Internal, "threw"}};
    EXPECT_EQ(accept(request()).status, 500);
    EXPECT_EQ(log.errors, std::vector<std::string>{"webhook refused"});
    EXPECT_TRUE(sampled.empty());
}

TEST_F(IntakeTest, AcknowledgesWhatThePluginIgnores) {
    provider->events = base::Error{plugin::CallError{plugin::CallFailure::Ignored, "ping"}};
    const auto reply = accept(request());
    EXPECT_EQ(reply.status, 202);
    EXPECT_EQ(json::parse(reply.body)["data"]["status"], "ignored");
    EXPECT_TRUE(store.webhooks.empty());
}

TEST_F(IntakeTest, EchoesAHandshakeAndStoresNothing) {
    provider->verdict = plugin::Verdict{.decision = plugin::Decision::Respond,
                                        .response_status = 200,
                                        .response_content_type = "text/plain",
                                        .response_body = "challenge"};
    const auto reply = accept(request());
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "challenge");
    EXPECT_EQ(reply.content_type, "text/plain");
    EXPECT_TRUE(store.webhooks.empty());
}

TEST_F(IntakeTest, TakesOtherMethodsOnlyForADeclaredHandshake) {
    auto made = request();
    made->method = "GET";
    EXPECT_EQ(accept(std::move(made)).status, 405);
}

TEST_F(IntakeTest, NeverStoresAnAcceptedGet) {
    provider->extra_method = "GET";
    auto made = request();
    made->method = "GET";
    EXPECT_EQ(accept(std::move(made)).status, 401);
    EXPECT_TRUE(store.webhooks.empty());
}

TEST_F(IntakeTest, AnswersUnknownProvidersAlikeAndCountsThemNowhere) {
    auto made = request();
    made->parameters = {{"provider", "invented"}};
    EXPECT_EQ(accept(std::move(made)).status, 404);
    EXPECT_TRUE(coordinator.keys.empty());
}

TEST_F(IntakeTest, Answers503WhileThePluginIsNotLoaded) {
    integration->provider = nullptr;
    publish();
    const auto reply = accept(request());
    EXPECT_EQ(reply.status, 503);
    EXPECT_EQ(header(reply, "Retry-After"), "30");
}

TEST_F(IntakeTest, LimitsTheRateByProviderAndAddress) {
    coordinator.admitted = false;
    const auto reply = accept(request());
    EXPECT_EQ(reply.status, 429);
    EXPECT_EQ(header(reply, "Retry-After"), "7");
    EXPECT_EQ(coordinator.keys, std::vector<std::string>{"shop|203.0.113.9"});
    EXPECT_EQ(provider->normalized, 0);
}

TEST_F(IntakeTest, LimitsTheRateOfAnIpv6NetworkAsOfOneAddress) {
    for (const auto* const address : {"2001:db8:1:2::1", "2001:db8:1:2:9::9"}) {
        auto made = request();
        made->peer_address = address;
        accept(std::move(made));
    }
    EXPECT_EQ(coordinator.keys, std::vector<std::string>(2, "shop|2001:db8:1:2::/64"));
}

TEST_F(IntakeTest, KeepsAHarmlessCorrelationIdAndReplacesAnyOther) {
    auto kept = request();
    kept->headers.push_back({"x-correlation-id", "Req-7.a_b"});
    EXPECT_EQ(header(accept(std::move(kept)), "x-correlation-id"), "Req-7.a_b");

    sink = std::make_shared<RecordingSink>();
    auto replaced = request();
    replaced->headers.push_back({"x-correlation-id", "a b\"c"});
    EXPECT_EQ(header(accept(std::move(replaced)), "x-correlation-id").size(), 36U);
}

} // namespace
} // namespace hookgate::pipeline
