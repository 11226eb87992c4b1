#include "core/coordination/redis/reply_reader.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hookgate::coordination::redis {
namespace {

std::string allKinds() {
    std::string bytes{"+OK\r\n-OOM full\r\n:-42\r\n$5\r\na\r\n"};
    bytes += '\0';
    return bytes + "b\r\n$0\r\n\r\n$-1\r\n";
}

void expectAllKinds(ReplyReader& reader) {
    EXPECT_TRUE(reader.next()->isOk());
    const auto error = reader.next();
    EXPECT_TRUE(error->isError());
    EXPECT_EQ(error->text, "OOM full");
    EXPECT_EQ(reader.next()->integer, -42);
    const auto bulk = reader.next();
    EXPECT_EQ(bulk->kind, Reply::Kind::Bulk);
    EXPECT_EQ(bulk->text, (std::string{"a\r\n\0b", 5}));
    EXPECT_EQ(reader.next()->text, "");
    EXPECT_EQ(reader.next()->kind, Reply::Kind::Nil);
    EXPECT_FALSE(reader.next());
    EXPECT_FALSE(reader.hasRest());
    EXPECT_FALSE(reader.isBroken());
}

TEST(RedisReplyReader, ReadsEveryKindOfFlatReply) {
    ReplyReader reader;
    ASSERT_TRUE(reader.feed(allKinds()));
    expectAllKinds(reader);
}

TEST(RedisReplyReader, ReadsRepliesThatComeByteByByte) {
    const auto bytes = allKinds();
    ReplyReader reader;
    for (const char byte : bytes)
        ASSERT_TRUE(reader.feed({&byte, 1}));
    expectAllKinds(reader);
}

TEST(RedisReplyReader, GivesNothingOfATruncatedReply) {
    for (const auto* bytes : {"$10\r\nabc", "$3\r\nabc", "$3", "$", "+OK", ":1"}) {
        ReplyReader reader;
        ASSERT_TRUE(reader.feed(bytes));
        EXPECT_FALSE(reader.next()) << bytes;
        EXPECT_TRUE(reader.hasRest()) << bytes;
    }
}

TEST(RedisReplyReader, BreaksOnWhatIsNoFlatReply) {
    for (const auto* bytes :
         {"HTTP/1.1 400 Bad Request\r\n\r\n", "*2\r\n:1\r\n:2\r\n", "*2147483647\r\n",
          "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n", "$-2\r\n", "$x\r\n",
          ":12x\r\n", "%1\r\n", "\r\n", "$99999999999999999999\r\n"}) {
        ReplyReader reader;
        ASSERT_TRUE(reader.feed(bytes));
        EXPECT_FALSE(reader.next()) << bytes;
        EXPECT_TRUE(reader.isBroken()) << bytes;
    }
}

TEST(RedisReplyReader, ReservesNothingForALengthThatIsOnlyAnnounced) {
    ReplyReader reader;
    ASSERT_TRUE(reader.feed("$536870912\r\nabc"));
    EXPECT_FALSE(reader.next());
    EXPECT_FALSE(reader.isBroken());
}

} // namespace
} // namespace hookgate::coordination::redis
