#include "core/base/time_text.hpp"

#include <gtest/gtest.h>

namespace hookgate::base {
namespace {

TEST(Rfc3339, WritesUtcWithMilliseconds) {
    EXPECT_EQ(toRfc3339(0), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(toRfc3339(1'709'210'096'789), "2024-02-29T12:34:56.789Z");
    EXPECT_EQ(toRfc3339(-1), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(toRfc3339(INT64_MAX), "9999-12-31T23:59:59.999Z");
}

TEST(Iso8601, ReadsAnyOffset) {
    constexpr UnixMs kNoon = 1'709'208'000'000; // 2024-02-29T12:00:00Z
    for (const auto* text :
         {"2024-02-29T12:00:00Z", "2024-02-29t12:00:00z", "2024-02-29T17:30:00+05:30",
          "2024-02-29T04:00:00-0800", "2024-02-29T13:00:00+01", "2024-02-29 12:00:00Z"})
        EXPECT_EQ(parseIso8601(text), kNoon) << text;
    EXPECT_EQ(parseIso8601("2024-02-29T12:00:00.1239Z"), kNoon + 123);
    EXPECT_EQ(parseIso8601("2024-02-29T12:00:00.5Z"), kNoon + 500);
    EXPECT_EQ(parseIso8601("2024-02-29"), kNoon - 43'200'000);
    EXPECT_EQ(parseIso8601("1969-12-31T23:59:59.999Z"), -1);
}

TEST(Iso8601, RefusesWhatIsNoDateAndTime) {
    for (const auto* text :
         {"", "yesterday", "2024-02-30T12:00:00Z", "2023-02-29", "2024-13-01",
          "2024-02-29T12:00:00", "2024-02-29T24:00:00Z", "2024-02-29T12:00Z",
          "2024-02-29T12:00:00.Z", "2024-02-29T12:00:00+24:00", "2024-02-29T12:00:00Z ",
          "20240229T120000Z", "2024-02-29T12:60:00Z", "+024-02-29"})
        EXPECT_EQ(parseIso8601(text), std::nullopt) << text;
}

TEST(Iso8601, RoundTripsWhatWasWritten) {
    for (const UnixMs time : {UnixMs{0}, UnixMs{1'732'472'139'042}, UnixMs{253'402'300'799'999}})
        EXPECT_EQ(parseIso8601(toRfc3339(time)), time);
}

} // namespace
} // namespace hookgate::base
