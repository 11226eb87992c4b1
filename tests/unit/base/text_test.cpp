#include "core/base/text.hpp"

#include <gtest/gtest.h>

namespace hookgate::base {
namespace {

TEST(IsUtf8, AcceptsWellFormedSequences) {
    for (const auto* text :
         {"", "plain", "\xc2\xa2", "\xe2\x82\xac", "\xf0\x90\x8d\x88", "\xf4\x8f\xbf\xbf"})
        EXPECT_TRUE(isUtf8(text)) << text;
}

TEST(IsUtf8, RefusesOverlongFormsSurrogatesAndTruncation) {
    for (const auto* text : {"\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xed\xa0\x80",
                             "\xf4\x90\x80\x80", "\xff", "\xe2\x82", "\x80"})
        EXPECT_FALSE(isUtf8(text)) << text;
}

TEST(PercentDecode, DecodesExactlyOnce) {
    EXPECT_EQ(percentDecode("a%20b%2541+"), "a b%41+");
    EXPECT_EQ(percentDecode("%"), std::nullopt);
    EXPECT_EQ(percentDecode("%4"), std::nullopt);
    EXPECT_EQ(percentDecode("%zz"), std::nullopt);
}

TEST(ProviderName, IsShortLowerCaseAndStartsWithALetterOrDigit) {
    EXPECT_TRUE(isProviderName("acme"));
    EXPECT_TRUE(isProviderName("3ds_v2-eu"));
    EXPECT_TRUE(isProviderName(std::string(63, 'a')));
    for (const auto* name : {"", "-acme", "_acme", "Acme", "ac me", "../acme", "acm\xc3\xa9"})
        EXPECT_FALSE(isProviderName(name)) << name;
    EXPECT_FALSE(isProviderName(std::string(64, 'a')));
}

TEST(CorrelationId, KeepsOnlyHarmlessCharacters) {
    EXPECT_TRUE(isCorrelationId("Req-1.2_3"));
    EXPECT_FALSE(isCorrelationId(""));
    EXPECT_FALSE(isCorrelationId("a b"));
    EXPECT_FALSE(isCorrelationId("a\r\nx: y"));
    EXPECT_FALSE(isCorrelationId(std::string(65, 'a')));
}

TEST(EqualIgnoringCase, IsAboutAsciiOnly) {
    EXPECT_TRUE(equalIgnoringCase("Content-Type", "content-type"));
    EXPECT_FALSE(equalIgnoringCase("a", "ab"));
    EXPECT_FALSE(equalIgnoringCase("[", "{"));
}

} // namespace
} // namespace hookgate::base
