#include "core/management/authorizer.hpp"

#include "tests/unit/management/fakes.hpp"

#include <gtest/gtest.h>

namespace hookgate::management::test {
namespace {

class Authorizer : public ::testing::Test {
protected:
    bool authorized(RequestBuilder& request) { return authorizer_.authorized(request.get()); }

    std::vector<std::string> reasons_;
    ApiKeyAuthorizer authorizer_{
        "the-management-key",
        [this](const http::Request&, std::string_view reason) { reasons_.emplace_back(reason); }};
};

TEST_F(Authorizer, AcceptsTheKeyInItsHeader) {
    EXPECT_TRUE(authorized(RequestBuilder{}.header("x-internal-api-key", "the-management-key")));
    EXPECT_TRUE(reasons_.empty());
}

TEST_F(Authorizer, AcceptsTheKeyAsBearerTokenInAnyCaseOfTheScheme) {
    for (const auto* value :
         {"Bearer the-management-key", "bearer the-management-key", "BEARER   the-management-key"})
        EXPECT_TRUE(authorized(RequestBuilder{}.header("authorization", value))) << value;
}

TEST_F(Authorizer, RefusesAWrongKey) {
    for (const auto* key : {"the-management-ke", "the-management-keyy", "The-management-key", "x"})
        EXPECT_FALSE(authorized(RequestBuilder{}.header("x-internal-api-key", key))) << key;
    EXPECT_EQ(reasons_, std::vector<std::string>(4, "wrong_key"));
}

TEST_F(Authorizer, RefusesARequestWithoutAKey) {
    EXPECT_FALSE(authorized(RequestBuilder{}.header("host", "x")));
    EXPECT_FALSE(authorized(RequestBuilder{}.header("x-internal-api-key", "")));
    EXPECT_FALSE(authorized(RequestBuilder{}.header("authorization", "Bearer ")));
    EXPECT_FALSE(authorized(RequestBuilder{}.header("authorization", "the-management-key")));
    EXPECT_FALSE(authorized(RequestBuilder{}.header("authorization", "Basic the-management-key")));
    EXPECT_EQ(reasons_, std::vector<std::string>(5, "missing_key"));
}

TEST_F(Authorizer, RefusesTwoKeysEvenWhenBothAreRight) {
    EXPECT_FALSE(authorized(RequestBuilder{}
                                .header("x-internal-api-key", "the-management-key")
                                .header("x-internal-api-key", "the-management-key")));
    EXPECT_FALSE(authorized(RequestBuilder{}
                                .header("x-internal-api-key", "the-management-key")
                                .header("authorization", "Bearer the-management-key")));
    EXPECT_EQ(reasons_, std::vector<std::string>(2, "ambiguous_key"));
}

TEST(AuthorizerWithoutKey, AuthorizesNobody) {
    ApiKeyAuthorizer authorizer{"", {}};
    EXPECT_FALSE(authorizer.authorized(RequestBuilder{}.header("x-internal-api-key", "").get()));
    EXPECT_FALSE(authorizer.authorized(RequestBuilder{}.header("x-internal-api-key", "a").get()));
}

} // namespace
} // namespace hookgate::management::test
