#include "core/delivery/request_headers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::delivery {
namespace {

base::Uuid eventId() {
    return *base::Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8057");
}

std::map<std::string, std::string> build(HeaderValues values) {
    RequestHeaders headers;
    std::map<std::string, std::string> built;
    for (const auto* node = headers.build(values); node != nullptr; node = node->next) {
        const std::string line{node->data};
        const auto end = line.find_first_of(":;");
        EXPECT_NE(end, std::string::npos);
        const auto value = line.size() > end + 2 ? line.substr(end + 2) : std::string{};
        EXPECT_TRUE(built.emplace(line.substr(0, end), value).second) << "twice: " << line;
    }
    return built;
}

bool isTraceparent(std::string_view text) {
    const std::string_view shape{"00-hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh-hhhhhhhhhhhhhhhh-01"};
    return std::equal(
        text.begin(), text.end(), shape.begin(), shape.end(), [](char c, char wanted) {
            return wanted == 'h' ? (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') : c == wanted;
        });
}

TEST(RequestHeaders, NameTheEventAndTheAttempt) {
    const auto headers = build({.provider = "acme",
                                .event_id = eventId(),
                                .correlation_id = "c-1",
                                .attempt_no = 7,
                                .sent_at = 1'700'000'000'999});
    EXPECT_EQ(headers.at("content-type"), "application/json");
    EXPECT_EQ(headers.at("x-integration-provider"), "acme");
    EXPECT_EQ(headers.at("x-event-id"), eventId().text());
    EXPECT_EQ(headers.at("webhook-id"), eventId().text());
    EXPECT_EQ(headers.at("x-correlation-id"), "c-1");
    EXPECT_EQ(headers.at("webhook-attempt"), "7");
    EXPECT_EQ(headers.at("webhook-timestamp"), "1700000000");
}

TEST(RequestHeaders, TellThatAnEventIsATestOnlyWhenItIs) {
    EXPECT_EQ(build({.event_id = eventId()}).count("x-event-test"), 0U);
    EXPECT_EQ(build({.event_id = eventId(), .test = true}).at("x-event-test"), "true");
    EXPECT_FALSE(mayBeSent("X-Event-Test", "true")); // not for a plugin to say
}

TEST(RequestHeaders, AreMadeAnewForEverySend) {
    RequestHeaders headers;
    headers.build({.provider = "a-very-long-provider-name-that-needs-memory",
                   .event_id = eventId(),
                   .correlation_id = std::string(64, 'x')});
    std::size_t count = 0;
    std::string all;
    for (const auto* node = headers.build({.provider = "b", .event_id = eventId()});
         node != nullptr; node = node->next) {
        ++count;
        all.append(node->data).append("\n");
    }
    EXPECT_EQ(count, 9U);
    EXPECT_NE(all.find("x-integration-provider: b\n"), std::string::npos);
    EXPECT_EQ(all.find("xxx"), std::string::npos);
}

TEST(RequestHeaders, TakeContentTypeAndHarmlessHeadersFromThePlugin) {
    const plugin::Outbound outbound{.content_type = "application/cloudevents+json",
                                    .body = "{}",
                                    .headers = {{"X-Kind", "paid"}, {"x-empty", ""}}};
    const auto headers = build({.provider = "acme", .event_id = eventId(), .formatted = &outbound});
    EXPECT_EQ(headers.at("content-type"), "application/cloudevents+json");
    EXPECT_EQ(headers.at("X-Kind"), "paid");
    EXPECT_TRUE(headers.contains("x-empty"));
}

TEST(RequestHeaders, TakeNothingFromThePluginThatIsNotItsOwn) {
    for (const auto* name : {"Host",
                             "Content-Length",
                             "Transfer-Encoding",
                             "Connection",
                             "Keep-Alive",
                             "TE",
                             "Trailer",
                             "Upgrade",
                             "Proxy-Authorization",
                             "proxy-connection",
                             "Authorization",
                             "Expect",
                             "Webhook-Id",
                             "WEBHOOK-TIMESTAMP",
                             "webhook-attempt",
                             "X-Event-Id",
                             "x-correlation-id",
                             "x-integration-provider",
                             "traceparent",
                             "Content-Type",
                             "User-Agent",
                             "",
                             "a b",
                             "a:b",
                             "a\r\nb",
                             "\xc3\xbc"})
        EXPECT_FALSE(mayBeSent(name, "v")) << name;
    const std::vector<std::string> values{"a\r\nx: y", "a\nb", "a\rb", std::string{"a\0b", 3},
                                          "a\x7f"};
    for (const auto& value : values)
        EXPECT_FALSE(mayBeSent("x-a", value));
    EXPECT_TRUE(mayBeSent("x-a", "caf\xc3\xa9\t!"));
}

TEST(RequestHeaders, FallBackToJsonForABrokenContentType) {
    for (const auto* type : {"", "  ", "text/plain\r\nx: y"}) {
        const plugin::Outbound outbound{.content_type = type, .body = {}, .headers = {}};
        EXPECT_EQ(build({.event_id = eventId(), .formatted = &outbound}).at("content-type"),
                  "application/json");
    }
}

TEST(RequestHeaders, BoundThePluginsHeaders) {
    plugin::Outbound many;
    for (int i = 0; i < 1000; ++i)
        many.headers.emplace_back("x-" + std::to_string(i), "v");
    EXPECT_EQ(build({.event_id = eventId(), .formatted = &many}).size(),
              9U + RequestHeaders::kPluginHeadersMax);
    plugin::Outbound large;
    large.headers.emplace_back("x-large", std::string(RequestHeaders::kPluginHeaderBytesMax, 'v'));
    EXPECT_EQ(build({.event_id = eventId(), .formatted = &large}).size(), 9U);
}

TEST(Traceparent, IsValidAndOneTraceForACorrelation) {
    const auto first = traceparent("c-1", eventId(), 1);
    const auto second = traceparent("c-1", eventId(), 2);
    EXPECT_TRUE(isTraceparent(first)) << first;
    EXPECT_EQ(first.substr(0, 36), second.substr(0, 36));
    EXPECT_NE(first, second);
    EXPECT_NE(traceparent("c-2", eventId(), 1).substr(3, 32), first.substr(3, 32));
    EXPECT_EQ(traceparent("01890a5d-ac96-774b-bcce-b302099a8057", eventId(), 1).substr(3, 32),
              "01890a5dac96774bbcceb302099a8057");
}

TEST(Traceparent, IsNeverAllZero) {
    const auto text = traceparent("00000000-0000-0000-0000-000000000000", base::Uuid{}, 0);
    EXPECT_NE(text.substr(3, 32), std::string(32, '0'));
    EXPECT_NE(text.substr(36, 16), std::string(16, '0'));
}

} // namespace
} // namespace hookgate::delivery
