#include "core/delivery/callback_url.hpp"

#include <gtest/gtest.h>

namespace hookgate::delivery {
namespace {

TEST(CallbackUrl, IsTakenApart) {
    const auto url = parseCallbackUrl("https://hooks.example:8443/in?x=1#part");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->host, "hooks.example");
    EXPECT_EQ(url->port, 8443);
    EXPECT_EQ(url->text, "https://hooks.example:8443/in?x=1");
    EXPECT_FALSE(url->literal);
}

TEST(CallbackUrl, HasThePortOfItsScheme) {
    EXPECT_EQ(parseCallbackUrl("http://a/")->port, 80);
    EXPECT_EQ(parseCallbackUrl("https://a/")->port, 443);
}

TEST(CallbackUrl, KnowsAddressesInEverySpelling) {
    for (const auto* text :
         {"http://127.0.0.1/", "http://0x7f.1/", "http://2130706433/", "http://0177.0.0.1/",
          "http://127.1/", "http://%31%32%37.0.0.1/", "http://[::ffff:127.0.0.1]/"}) {
        const auto url = parseCallbackUrl(text);
        ASSERT_TRUE(url) << text;
        ASSERT_TRUE(url->literal) << text;
        EXPECT_EQ(url->literal->text(), "127.0.0.1") << text;
    }
    EXPECT_EQ(parseCallbackUrl("http://[::1]:8080/")->literal->text(), "::1");
}

TEST(CallbackUrl, KeepsTheAbsoluteNameForTheResolverAlone) {
    const auto url = parseCallbackUrl("http://sink.internal.:80/a");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->host, "sink.internal.");
    EXPECT_EQ(url->text, "http://sink.internal:80/a");
}

TEST(CallbackUrl, WithCredentialsIsRefused) {
    for (const auto* text : {"http://user@host/", "http://user:pw@host/", "http://:pw@host/",
                             "http://@host/", "http://127.0.0.1@169.254.169.254/"})
        EXPECT_FALSE(parseCallbackUrl(text)) << text;
}

TEST(CallbackUrl, OfAnotherSchemeIsRefused) {
    for (const auto* text :
         {"file:///etc/passwd", "gopher://h/", "ftp://h/", "ws://h/", "unix:/x", "dict://h:11211/"})
        EXPECT_FALSE(parseCallbackUrl(text)) << text;
}

TEST(CallbackUrl, ThatIsNoneIsRefused) {
    for (const auto* text : {"", " ", "http://", "http://h:0/", "http://h:99999/", "http://h:a/",
                             "http://a b/", "http://h/\r\nx: y", "http://h/\n",
                             "http://127\xe3\x80\x82"
                             "0.0.1/",
                             "http://b\xc3\xbc"
                             "cher.example/",
                             "http://[fe80::1%25lo]/", "http://h%00x/", "http://a,b/",
                             "http://[::1", "http://./", "//host/path", "http://h$/"})
        EXPECT_FALSE(parseCallbackUrl(text)) << text;
}

} // namespace
} // namespace hookgate::delivery
