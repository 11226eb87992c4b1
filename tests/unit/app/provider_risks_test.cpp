#include "core/app/provider_risks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hookgate::app {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ProviderRisks, AreNoneOfAProviderThatDeclaresNothing) {
    EXPECT_THAT(risksOf({}, 1h), IsEmpty());
}

TEST(ProviderRisks, NameBothFiguresAndTheKeyWhenTheProviderGivesUpFirst) {
    const plugin::Contract contract{.deadline = 3000ms};
    EXPECT_THAT(risksOf(contract, 2999ms), IsEmpty());
    EXPECT_THAT(risksOf(contract, 3000ms), ElementsAre(HasSubstr("INGEST_TIMEOUT_MS is 3000")));
    EXPECT_THAT(risksOf(contract, 5000ms),
                ElementsAre(AllOf(HasSubstr("INGEST_TIMEOUT_MS is 5000"), HasSubstr("for 3000 ms"),
                                  HasSubstr("set INGEST_TIMEOUT_MS below 3000"))));
}

TEST(ProviderRisks, TellOfAProviderThatDoesNotSendAgainAfter503) {
    plugin::Contract contract{.retries_on = {500, 503}};
    EXPECT_THAT(risksOf(contract, 1s), IsEmpty());
    contract.retries_on = {429, 500};
    EXPECT_THAT(risksOf(contract, 1s),
                ElementsAre(AllOf(HasSubstr("after 429, 500 alone"), HasSubstr("503"))));
}

TEST(ProviderRisks, TellOfAProviderThatSendsOnceAndNamesItOnce) {
    const plugin::Contract contract{.retries_on = {500}, .sends_once = true, .deadline = 1000ms};
    EXPECT_THAT(risksOf(contract, 2s), ElementsAre(HasSubstr("INGEST_TIMEOUT_MS is 2000"),
                                                   HasSubstr("sends every webhook once")));
}

} // namespace
} // namespace hookgate::app
