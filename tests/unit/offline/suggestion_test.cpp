#include "core/offline/suggestion.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hookgate::offline {
namespace {

const std::vector<std::string> kNames{"acme", "github", "gitlab", "invoice.paid"};

TEST(Suggestion, NamesWhatIsASlipOrTwoAway) {
    EXPECT_EQ(suggestion("gihtub", kNames), " (did you mean github?)");
    EXPECT_EQ(suggestion("acm", kNames), " (did you mean acme?)");
    EXPECT_EQ(suggestion("gitlabs", kNames), " (did you mean gitlab?)");
    EXPECT_EQ(suggestion("invoice", kNames), " (did you mean invoice.paid?)");
}

TEST(Suggestion, NamesNothingThatIsFurther) {
    EXPECT_EQ(suggestion("stripe", kNames), "");
    EXPECT_EQ(suggestion("", kNames), "");
    EXPECT_EQ(suggestion("acme", {}), "");
}

TEST(Suggestion, ListsWhatThereIs) {
    EXPECT_EQ(listed({}), "none");
    EXPECT_EQ(listed(std::vector<std::string>{"a"}), "a");
    EXPECT_EQ(listed(std::vector<std::string>{"a", "b", "c"}), "a, b and c");
}

} // namespace
} // namespace hookgate::offline
