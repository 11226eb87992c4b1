#include "core/config/values.hpp"

#include "core/config/file_access.hpp"
#include "core/config/suggestion.hpp"
#include "tests/support/written_file.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

namespace hookgate::config {
namespace {

TEST(DatabaseUrl, KnowsTheTwoFamilies) {
    for (const auto* url : {"sqlite:data/hookgate.db", "sqlite:/var/lib/hookgate.db",
                            "postgresql://me@db/hooks", "postgres://a,b/hooks?sslmode=require"})
        EXPECT_EQ(databaseUrlProblem(url), "") << url;
    for (const auto* url :
         {"sqlite:", "sqlite::memory:", "sqlite://data/x.db", "data/x.db", "http://db"})
        EXPECT_NE(databaseUrlProblem(url), "") << url;
}

TEST(RedisUrl, HasHostPortAndDatabase) {
    for (const auto* url : {"redis://cache", "redis://cache:6379", "redis://:secret@cache:6379/0",
                            "redis://user:secret@[::1]:6379/15", "redis://127.0.0.1:6379/"})
        EXPECT_EQ(redisUrlProblem(url), "") << url;
    for (const auto* url : {"cache:6379", "rediss://cache", "redis://", "redis://cache:0x1",
                            "redis://cache/16", "redis://cache/x"})
        EXPECT_NE(redisUrlProblem(url), "") << url;
}

TEST(WithoutPassword, LeavesUrlsWithoutOneAlone) {
    for (const auto* url : {"sqlite:data/hookgate.db", "postgresql://db/hooks",
                            "postgresql://me@db/hooks", "redis://cache:6379/0"})
        EXPECT_EQ(withoutPassword(url), url);
}

TEST(WithoutPassword, HidesOneThatHoldsTheUrlsOwnSigns) {
    EXPECT_EQ(withoutPassword("postgresql://me:p@ss:w/rd@db/hooks"),
              "postgresql://me:********@db/hooks");
}

TEST(Suggestion, IsBlindToCaseAndPunctuation) {
    EXPECT_EQ(nearestKey("app_port"), "APP_PORT");
    EXPECT_EQ(nearestKey("log-level"), "LOG_LEVEL");
    EXPECT_EQ(nearestKey("WEBHOOK_RATE_LIMIT"), "");
    EXPECT_EQ(nearestKey("MAX_RETRIES"), "");
    EXPECT_EQ(nearestKey("RETENTION_DAY"), "RETENTION_DAYS");
}

TEST(ReadFile, RefusesWhatIsTooLargeOrNoFile) {
    const testing_support::TemporaryDirectory directory;
    const auto file = testing_support::writeFile(directory, "secret", "12345");
    EXPECT_EQ(*readFile(file.string(), 5), "12345");
    EXPECT_EQ(readFile(file.string(), 4).error(), "is larger than 4 bytes");
    EXPECT_EQ(readFile(directory.path().string(), 4).error(), "is no regular file");
    EXPECT_EQ(readFile("/dev/zero", 4).error(), "is no regular file");
    const auto pipe = (directory.path() / "pipe").string();
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_EQ(readFile(pipe, 4).error(), "is no regular file");
}

} // namespace
} // namespace hookgate::config
