#include "core/explain/variations.hpp"

#include "core/explain/encodings.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace hookgate::explain {
namespace {

using plugin::check::SampleRequest;

bool hasBody(const std::vector<RequestVariation>& variations, const std::string& id,
             const std::string& body) {
    return std::any_of(variations.begin(), variations.end(),
                       [&](const RequestVariation& variation) {
                           return variation.finding.id == id && variation.request.body == body;
                       });
}

TEST(Variations, OfABodyAreItsOtherEndsAndSpellings) {
    const auto found = bodyVariations({.body = "{\"a\": \"\xC3\xBC/\"}\n"});
    EXPECT_TRUE(hasBody(found, "trailing_newline", "{\"a\": \"\xC3\xBC/\"}"));
    EXPECT_TRUE(hasBody(found, "line_ends", "{\"a\": \"\xC3\xBC/\"}\r\n"));
    EXPECT_TRUE(hasBody(found, "byte_order_mark", "\xEF\xBB\xBF{\"a\": \"\xC3\xBC/\"}\n"));
    EXPECT_TRUE(hasBody(found, "reserialised_json", "{\"a\":\"\xC3\xBC/\"}"));
    EXPECT_TRUE(hasBody(found, "reserialised_json", R"({"a":"\u00fc/"})"));
    EXPECT_TRUE(hasBody(found, "reserialised_json", "{\n  \"a\": \"\xC3\xBC\\/\"\n}"));
    EXPECT_TRUE(hasBody(found, "body_lost", ""));
}

TEST(Variations, OfABodyAreNeverTheBodyItself) {
    for (const auto* const body : {"", "{}", "[1]", "a=1&b=+", "\n", "no json {"})
        for (const auto& variation : bodyVariations({.body = body}))
            EXPECT_NE(variation.request.body, body);
}

TEST(Variations, OfDeepOrBrokenJsonAreNoSpellings) {
    const std::string deep(100'000, '[');
    for (const auto& variation : bodyVariations({.body = deep}))
        EXPECT_NE(variation.finding.id, "reserialised_json");
}

TEST(Variations, OfAUrlBeginWithTheSimplestAndTellNoQuery) {
    const SampleRequest request{.url = "http://gw:8080/hook?token=hidden&a=1"};
    const auto found = urlVariations(request, {request.url});
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(found.front().finding.text.find(" and "), std::string::npos);
    std::vector<std::string> urls;
    for (const auto& variation : found) {
        urls.push_back(variation.request.url);
        EXPECT_EQ(variation.finding.text.find("hidden"), std::string::npos);
    }
    for (const auto* const url :
         {"https://gw/hook?token=hidden&a=1", "https://gw:8080/hook/?a=1&token=hidden",
          "http://gw:8080/hook", "http://gw:443/hook/"})
        EXPECT_EQ(std::count(urls.begin(), urls.end(), url) > 0, true) << url;
    EXPECT_EQ(std::count(urls.begin(), urls.end(), request.url), 0);
}

TEST(Variations, OfSecretsTellNoSecret) {
    const std::string secret = "whsec_c2VjcmV0LW9mLXRoZS10ZXN0";
    const auto found = secretVariations({{"k1", secret}});
    bool decoded = false;
    for (const auto& variation : found) {
        ASSERT_EQ(variation.secrets.size(), 1U);
        EXPECT_NE(variation.secrets.front().bytes, secret);
        EXPECT_NE(variation.finding.text.find("k1"), std::string::npos);
        EXPECT_EQ(variation.finding.text.find("c2VjcmV0"), std::string::npos);
        decoded = decoded || variation.secrets.front().bytes == "secret-of-the-test";
    }
    EXPECT_TRUE(decoded);
}

TEST(Encodings, AreReadLeniently) {
    EXPECT_EQ(fromHex("00fFA0"), std::string("\0\xff\xa0", 3));
    EXPECT_FALSE(fromHex("0"));
    EXPECT_FALSE(fromHex("0g"));
    EXPECT_FALSE(fromHex(""));
    EXPECT_EQ(fromBase64("-_8="), "\xfb\xff");
    EXPECT_EQ(fromBase64("+/8"), "\xfb\xff");
    EXPECT_FALSE(fromBase64("a"));
    EXPECT_FALSE(fromBase64("===="));
    EXPECT_EQ(toHex("\xfb"), "fb");
    EXPECT_EQ(toBase64("\xfb\xff"), "+/8=");
}

} // namespace
} // namespace hookgate::explain
