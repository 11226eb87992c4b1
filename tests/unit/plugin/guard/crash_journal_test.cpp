#include "core/plugin/guard/crash_journal.hpp"

#include "tests/support/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace hookgate::plugin::guard {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kHash(64, 'a');
const std::string kOther(64, 'b');

std::string line(int second, const std::string& sha256, int signal = 11) {
    return std::to_string(1'800'000'000 + second) + ' ' + std::to_string(signal) + " acme " +
           sha256 + " verify c-1\n";
}

TEST(CrashJournal, ReadsWhatACrashLeft) {
    const auto crashes = readCrashes(line(5, kHash));
    ASSERT_THAT(crashes, SizeIs(1));
    EXPECT_EQ(crashes[0].at, 1'800'000'005'000);
    EXPECT_EQ(crashes[0].signal, 11);
    EXPECT_EQ(crashes[0].provider, "acme");
    EXPECT_EQ(crashes[0].sha256, kHash);
    EXPECT_EQ(crashes[0].step, "verify");
    EXPECT_EQ(crashes[0].correlation_id, "c-1");
}

TEST(CrashJournal, PassesOverWhatIsNoLineOfIt) {
    const auto text = "\n\x01\x02 \n 1 2 3\n99999999999999999999 11 acme " + kHash +
                      " verify c\n1 11 acme short verify c\n" + line(1, kHash) +
                      "1800000002 11 acme";
    EXPECT_THAT(readCrashes(text), SizeIs(1));
}

TEST(CrashJournal, QuarantinesCodeThatEndedTheGatewayThreeTimesInTenMinutes) {
    const auto twice = line(0, kHash) + line(1, kOther) + line(2, kHash);
    EXPECT_THAT(quarantinedBy(readCrashes(twice)), IsEmpty());
    const auto reasons = quarantinedBy(readCrashes(twice + line(600, kHash)));
    ASSERT_THAT(reasons, SizeIs(1));
    EXPECT_THAT(reasons.at(kHash), HasSubstr("3 times within 10 minutes"));
}

TEST(CrashJournal, DoesNotCountCrashesThatLieFurtherApart) {
    EXPECT_THAT(quarantinedBy(readCrashes(line(0, kHash) + line(300, kHash) + line(601, kHash))),
                IsEmpty());
}

TEST(CrashJournal, ForgetsTheCrashesOfCodeThatWasReleased) {
    testing_support::TemporaryDirectory directory;
    const auto file = directory.path() / "plugin-crashes";
    std::ofstream{file} << line(0, kHash) << line(1, kHash) << line(2, kHash) << line(3, kOther);
    {
        const auto journal = CrashJournal::open(file);
        ASSERT_TRUE(journal) << journal.error();
        EXPECT_THAT(quarantinedBy(journal->crashes()), SizeIs(1));
        journal->release(kHash);
    }
    const auto journal = CrashJournal::open(file);
    ASSERT_TRUE(journal);
    EXPECT_THAT(journal->crashes(), SizeIs(1));
    EXPECT_THAT(quarantinedBy(journal->crashes()), IsEmpty());
}

TEST(CrashJournal, SaysWhyThereIsNone) {
    const auto journal = CrashJournal::open("/no/such/directory/plugin-crashes");
    ASSERT_FALSE(journal);
    EXPECT_THAT(journal.error(), HasSubstr("/no/such/directory"));
}

} // namespace
} // namespace hookgate::plugin::guard
