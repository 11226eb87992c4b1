#include "core/coordination/redis/marker_value.hpp"

#include <gtest/gtest.h>

namespace hookgate::coordination::redis {
namespace {

Marker marker() {
    Marker made;
    made.event_id.bytes.fill(0x01);
    made.body_sha256 = std::string(32, '\0');
    made.incarnation.bytes.fill(0xff);
    return made;
}

TEST(RedisMarkerValue, ComesBackAsItWas) {
    const auto read = decodeMarker("key", encodeMarker("key", marker()));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->event_id, marker().event_id);
    EXPECT_EQ(read->body_sha256, marker().body_sha256);
    EXPECT_EQ(read->incarnation, marker().incarnation);
}

TEST(RedisMarkerValue, IsNoneWithAnyByteAltered) {
    const auto value = encodeMarker("key", marker());
    for (std::size_t i = 0; i < value.size(); ++i) {
        auto altered = value;
        altered[i] = static_cast<char>(altered[i] ^ 0x20);
        EXPECT_FALSE(decodeMarker("key", altered)) << i;
    }
}

TEST(RedisMarkerValue, IsNoneWhenCutOrPadded) {
    const auto value = encodeMarker("key", marker());
    for (std::size_t length = 0; length < value.size(); ++length) {
        auto cut = value.substr(0, length);
        EXPECT_FALSE(decodeMarker("key", cut)) << length;
        cut.resize(value.size(), ' ');
        EXPECT_FALSE(decodeMarker("key", cut)) << length;
    }
    EXPECT_FALSE(decodeMarker("key", value + ' '));
}

TEST(RedisMarkerValue, IsNoneUnderAnotherKey) {
    EXPECT_FALSE(decodeMarker("other", encodeMarker("key", marker())));
}

} // namespace
} // namespace hookgate::coordination::redis
