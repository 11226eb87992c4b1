#include <hookgate/test_case.hpp>
#include <hookgate/testing.hpp>

namespace {

using hookgate::testing::Integration;
using hookgate::testing::Request;

Integration makeSquare() {
    return Integration{HOOKGATE_PLUGIN_FILE, {.secrets = {{"new", "new key"}, {"old", "old key"}}}};
}

Request paid() {
    return {
        .body = R"({"event_id":"e1","type":"payment.created","created_at":"2026-01-01T00:00:00Z"})",
        .url = "https://hooks.example.com/square"};
}

HG_TEST("accepts both keys while one is replaced") {
    const Integration before{HOOKGATE_PLUGIN_FILE, {.secrets = {{"old", "old key"}}}};
    HG_EXPECT_EQ(makeSquare().verify(before.sign(paid())).key_id, "old");
    HG_EXPECT_EQ(makeSquare().verify(makeSquare().sign(paid())).key_id, "new");
}

HG_TEST("rejects what was signed for another URL") {
    auto request = makeSquare().sign(paid());
    request.url = "https://hooks.example.com/square/";
    HG_EXPECT_EQ(makeSquare().verify(request).reason, HG_REASON_SIGNATURE_MISMATCH);
}

HG_TEST("takes a payment for business") {
    HG_EXPECT(!makeSquare().normalize(paid()).front().test);
}

} // namespace

int main() {
    return hookgate::testing::runTests();
}
