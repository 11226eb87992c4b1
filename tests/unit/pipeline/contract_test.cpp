// What a plugin declares of its provider, as the pipeline keeps it.
#include "tests/unit/pipeline/intake_fixture.hpp"

namespace hookgate::pipeline {
namespace {

using nlohmann::json;
using plugin::Answer;
using plugin::Outcome;

class ContractTest : public IntakeTest {};

TEST_F(ContractTest, ShowsTheUrlAsConfiguredAtTheProviderAndThePathAsSent) {
    auto made = request();
    made->target = "/api/v1/webhooks/sh%6Fp?a=%31&b";
    made->query = "a=%31&b";
    accept(std::move(made));
    EXPECT_EQ(provider->url, "http://gate.example/api/v1/webhooks/sh%6Fp?a=%31&b");
    EXPECT_EQ(provider->path, "/api/v1/webhooks/sh%6Fp");

    integration->record.public_url = "https://hooks.example/in/shop";
    accept(request());
    EXPECT_EQ(provider->url, "https://hooks.example/in/shop");
    made = request();
    made->target += "?a=%31&b";
    accept(std::move(made));
    EXPECT_EQ(provider->url, "https://hooks.example/in/shop?a=%31&b");
}

TEST_F(ContractTest, AnswersEachOutcomeAsDeclared) {
    provider->declared.answers = {{Outcome::Accepted, 200, "text/xml", "<Response/>"},
                                  {Outcome::Duplicate, 204, "", ""},
                                  {Outcome::Ignored, 200, "text/plain", "[accepted]"},
                                  {Outcome::Rejected, 403, "text/plain", "no"},
                                  {Outcome::Malformed, 406, "text/plain", "odd"},
                                  {Outcome::Unavailable, 500, "text/plain", "later"}};
    auto reply = accept(request());
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.content_type, "text/xml");
    EXPECT_EQ(reply.body, "<Response/>");
    EXPECT_NE(header(reply, "x-correlation-id"), "");

    store.duplicate = true;
    reply = accept(request("another"));
    EXPECT_EQ(reply.status, 204);
    EXPECT_EQ(reply.body, "");

    store.durable = false;
    reply = accept(request("a third"));
    EXPECT_EQ(reply.status, 500);
    EXPECT_NE(header(reply, "Retry-After"), "");

    provider->events = base::Error{plugin::CallError{plugin::CallFailure::Ignored, ""}};
    EXPECT_EQ(accept(request()).body, "[accepted]");
    provider->events = base::Error{plugin::CallError{plugin::CallFailure::Malformed, ""}};
    EXPECT_EQ(accept(request()).status, 406);
    provider->verdict = plugin::Verdict{};
    EXPECT_EQ(accept(request()).status, 403);
}

TEST_F(ContractTest, ReadsNoBodyOfAnotherKindOrTooLarge) {
    provider->declared.content_types = {"application/json"};
    provider->declared.body_bytes_max = 4;
    auto made = request();
    EXPECT_EQ(accept(std::move(made)).status, 415);
    made = request();
    made->headers.push_back({"content-type", "Application/JSON; charset=utf-8"});
    EXPECT_EQ(accept(std::move(made)).status, 202);
    made = request("12345");
    made->headers.push_back({"content-type", "application/json"});
    EXPECT_EQ(accept(std::move(made)).status, 413);
    EXPECT_EQ(provider->normalized, 1);
}

TEST_F(ContractTest, StoresTheAuthenticEventsOfARequestAndCountsTheOthers) {
    provider->events =
        std::vector<plugin::NormalizedEvent>{{.type = "a", .payload = "{}"},
                                             {.rejected = plugin::RejectReason::SignatureMismatch},
                                             {.type = "c", .payload = "{}"}};
    const auto reply = accept(request());
    EXPECT_EQ(reply.status, 202);
    EXPECT_EQ(json::parse(reply.body)["data"]["events"].size(), 2U);
    ASSERT_EQ(store.webhooks.size(), 1U);
    ASSERT_EQ(store.webhooks[0].events.size(), 2U);
    EXPECT_TRUE(store.webhooks[0].events[1].idempotency_key.ends_with("#2"));
    EXPECT_EQ(sampled, std::vector<std::string>{"signature_mismatch"});
}

TEST_F(ContractTest, RejectsARequestWhoseEventsAreAllUnauthentic) {
    provider->events =
        std::vector<plugin::NormalizedEvent>{{.rejected = plugin::RejectReason::SignatureMismatch}};
    EXPECT_EQ(accept(request()).status, 401);
    EXPECT_TRUE(store.webhooks.empty());
}

TEST_F(ContractTest, AnswersAHandshakeWithItsHeadersAndStoresNothing) {
    provider->verdict = plugin::Verdict{.decision = plugin::Decision::Respond,
                                        .response_status = 200,
                                        .response_content_type = "text/plain",
                                        .response_body = "challenge",
                                        .response_headers = {{"x-no-retry", "1"}}};
    provider->extra_method = "GET";
    auto made = request();
    made->method = "GET";
    const auto reply = accept(std::move(made));
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "challenge");
    EXPECT_EQ(header(reply, "x-no-retry"), "1");
    EXPECT_EQ(header(reply, "X-Content-Type-Options"), "nosniff");
    EXPECT_TRUE(store.webhooks.empty());
}

} // namespace
} // namespace hookgate::pipeline
