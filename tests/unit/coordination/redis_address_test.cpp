#include "core/coordination/redis/address.hpp"

#include <gtest/gtest.h>

namespace hookgate::coordination::redis {
namespace {

TEST(RedisAddress, ReadsEveryPart) {
    const auto address = parseAddress("redis://:s3cret@redis.internal:6380/7");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->host, "redis.internal");
    EXPECT_EQ(address->port, 6380);
    EXPECT_EQ(address->user, "");
    EXPECT_EQ(address->password, "s3cret");
    EXPECT_EQ(address->database, 7);
}

TEST(RedisAddress, FillsInTheUsualPortAndDatabase) {
    for (const auto* url : {"redis://localhost", "redis://localhost/"}) {
        const auto address = parseAddress(url);
        ASSERT_TRUE(address) << url;
        EXPECT_EQ(address->port, 6379);
        EXPECT_EQ(address->database, 0);
        EXPECT_EQ(address->password, "");
    }
}

TEST(RedisAddress, ReadsAUserAndAPasswordOfAnyBytes) {
    const auto address = parseAddress("redis://gate:p%40ss%3A w/@@h:1/0");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->user, "gate");
    EXPECT_EQ(address->password, "p@ss: w/@");
    EXPECT_EQ(address->host, "h");
}

TEST(RedisAddress, ReadsAnAddressInBrackets) {
    const auto address = parseAddress("redis://[::1]:6390/2");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->host, "::1");
    EXPECT_EQ(address->port, 6390);
    EXPECT_EQ(parseAddress("redis://[::1]")->port, 6379);
}

TEST(RedisAddress, RefusesWhatIsNone) {
    for (const auto* url :
         {"", "localhost:6379", "rediss://localhost", "redis://", "redis://:6379", "redis://host:x",
          "redis://host:70000", "redis://host:1/x", "redis://nocolon@host", "redis://:%zz@host",
          "redis://[::1", "redis://[::1]6379"})
        EXPECT_FALSE(parseAddress(url)) << url;
}

} // namespace
} // namespace hookgate::coordination::redis
