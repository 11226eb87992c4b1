#include "core/plugin/check/vectors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hookgate::plugin::check {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// A vector with one more text in a place of its own.
struct Additions {
    std::string vector{};
    std::string secret{};
    std::string request{};
    std::string expect{};
    std::string event{};
    std::string outbound{};
    std::string body = R"("body":"{}")";
};

std::string vectorWith(const Additions& more) {
    return R"([{"name":"one","provider":"acme","secrets":[{"value":"s")" + more.secret +
           R"(}],"request":{"headers":[],)" + more.body + more.request +
           R"(},"expect":{"verdict":"accept","events":[{"type":"t")" + more.event +
           R"(}],"outbound":{"body":"b")" + more.outbound + "}" + more.expect + "}" + more.vector +
           "}]";
}

std::string errorOf(const std::string& json) {
    const auto vectors = parseVectors(json, UnknownMembers::Refused);
    return vectors ? std::string{} : vectors.error();
}

TEST(Vectors, AreReadWithEveryMemberTheyMayHave) {
    const auto vectors = parseVectors(
        vectorWith(
            {.vector =
                 R"(,"source":"https://acme.example/docs","integration":"i","settings":{"any":1},
                    "toleranceSeconds":5,"now":"2026-01-01T00:00:00Z","permits":[])",
             .secret = R"(,"keyId":"k")",
             .request = R"(,"method":"GET","url":"u","path":"p","query":"q","clientIp":"::1")",
             .expect =
                 R"(,"reason":"","keyId":"k","failure":"","responseStatus":200,"responseBody":"")",
             .event = R"(,"externalId":"e","subject":"s","orderingKey":"o","payload":"{}",
                      "occurredAt":"2026-01-01T00:00:00Z","test":true,"rejected":"unspecified")",
             .outbound = R"(,"contentType":"text/plain")"}),
        UnknownMembers::Refused);
    ASSERT_TRUE(vectors) << vectors.error();
    ASSERT_EQ(vectors->size(), 1U);
    EXPECT_EQ(vectors->front().request.body, "{}");
    EXPECT_EQ(vectors->front().request.client_ip, "::1");
}

TEST(Vectors, NameAMemberThatIsSpelledWronglyAndThoseThatThereAre) {
    EXPECT_THAT(
        errorOf(vectorWith({.vector = R"(,"permit":[])"})),
        AllOf(HasSubstr("vector 0: 'permit' is no member of a vector"), HasSubstr(", permits")));
    EXPECT_THAT(errorOf(vectorWith({.secret = R"(,"keyid":"k")"})),
                HasSubstr("'keyid' is no member of a secret, which may have keyId, value"));
    EXPECT_THAT(errorOf(vectorWith({.request = R"(,"uri":"u")"})),
                HasSubstr("'uri' is no member of request"));
    EXPECT_THAT(errorOf(vectorWith({.expect = R"(,"reasons":"x")"})),
                HasSubstr("'reasons' is no member of expect"));
    EXPECT_THAT(errorOf(vectorWith({.event = R"(,"occuredAt":"x")"})),
                HasSubstr("'occuredAt' is no member of an event"));
    EXPECT_THAT(errorOf(vectorWith({.outbound = R"(,"content-type":"x")"})),
                HasSubstr("'content-type' is no member of outbound"));
}

TEST(Vectors, MaySayMoreThanAnOlderGatewayKnows) {
    EXPECT_TRUE(parseVectors(vectorWith({.vector = R"(,"since":"2.0")"}), UnknownMembers::Ignored));
}

TEST(Vectors, HoldBytesThatAreNoTextInBase64) {
    const auto vectors =
        parseVectors(vectorWith({.body = R"("bodyBase64":"/wD+")"}), UnknownMembers::Refused);
    ASSERT_TRUE(vectors) << vectors.error();
    EXPECT_EQ(vectors->front().request.body, (std::string{"\xff\0\xfe", 3}));
}

TEST(Vectors, HaveOneBody) {
    EXPECT_THAT(errorOf(vectorWith({.request = R"(,"bodyBase64":"")"})),
                HasSubstr("'body' or 'bodyBase64', not both"));
    EXPECT_THAT(errorOf(vectorWith({.body = R"("method":"POST")"})),
                HasSubstr("'body' is missing"));
    EXPECT_THAT(errorOf(vectorWith({.body = R"("bodyBase64":"/wD")"})),
                HasSubstr("'bodyBase64' is no base64"));
}

} // namespace
} // namespace hookgate::plugin::check
