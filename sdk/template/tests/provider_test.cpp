#include <hookgate/test_case.hpp>
#include <hookgate/testing.hpp>

namespace {

using hookgate::testing::Integration;
using hookgate::testing::Request;

Integration makeYourProvider() {
    return Integration{HOOKGATE_PLUGIN_FILE,
                       {.secrets = {{"new", "the new secret"}, {"old", "the old secret"}}}};
}

Request order() {
    return {
        .body =
            R"({"id":"e-1","type":"order.paid","createdAt":"2026-01-01T00:00:00Z","data":{"id":"o-1","total":19.90}})",
        .headers = {{"Content-Type", "application/json"}}};
}

HG_TEST("accepts what the provider signs, and says with which secret") {
    const auto provider = makeYourProvider();
    const auto verdict = provider.verify(provider.sign(order()));
    HG_EXPECT_EQ(verdict.decision, HG_ACCEPT);
    HG_EXPECT_EQ(verdict.key_id, "new");
}

HG_TEST("accepts the old secret while it is being replaced") {
    const Integration before{HOOKGATE_PLUGIN_FILE, {.secrets = {{"old", "the old secret"}}}};
    HG_EXPECT_EQ(makeYourProvider().verify(before.sign(order())).key_id, "old");
}

HG_TEST("rejects a body of which a byte was changed") {
    const auto provider = makeYourProvider();
    auto request = provider.sign(order());
    request.body.back() = ' ';
    HG_EXPECT_EQ(provider.verify(request).reason, HG_REASON_SIGNATURE_MISMATCH);
}

HG_TEST("rejects a request without a signature") {
    const auto provider = makeYourProvider();
    auto request = provider.sign(order());
    request.remove("x-your-provider-signature");
    HG_EXPECT_EQ(provider.verify(request).reason, HG_REASON_SIGNATURE_MISSING);
}

HG_TEST("rejects a signature that is there twice") {
    const auto provider = makeYourProvider();
    auto request = provider.sign(order());
    request.add("x-your-provider-signature", request.header("x-your-provider-signature"));
    HG_EXPECT_EQ(provider.verify(request).reason, HG_REASON_DUPLICATE_HEADER);
}

HG_TEST("rejects what was signed more than five minutes ago") {
    const auto provider = makeYourProvider();
    auto request = provider.sign(order());
    request.received_unix_ms += 300'001;
    HG_EXPECT_EQ(provider.verify(request).reason, HG_REASON_TIMESTAMP_OUT_OF_RANGE);
}

HG_TEST("reads the event and keeps its numbers as they were written") {
    const auto events = makeYourProvider().normalize(order());
    HG_EXPECT_EQ(events.size(), 1);
    HG_EXPECT_EQ(events.front().external_id, "e-1");
    HG_EXPECT_EQ(events.front().type, "order.paid");
    HG_EXPECT_EQ(events.front().subject, "o-1");
    HG_EXPECT_EQ(events.front().occurred_unix_ms, hookgate::testing::kReceivedUnixMs);
    HG_EXPECT(events.front().payload.find("\"total\":19.90") != std::string::npos);
}

HG_TEST("finds a body without an id malformed") {
    auto request = order();
    request.body = R"({"type":"order.paid"})";
    HG_EXPECT_THROWS(makeYourProvider().normalize(request), hookgate::Malformed);
}

HG_TEST("refuses to work without a secret") {
    HG_EXPECT_THROWS((Integration{HOOKGATE_PLUGIN_FILE, {}}), hookgate::InvalidSettings);
}

} // namespace

int main() {
    return hookgate::testing::runTests();
}
