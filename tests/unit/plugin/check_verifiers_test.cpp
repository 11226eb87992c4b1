// Verifiers that accept what they should not (tests/abi/broken). Each comes with vectors that it
// passes: whoever tests with nothing else never learns of it.
#include "core/plugin/check/catalogue.hpp"
#include "core/plugin/check/check.hpp"
#include "core/plugin/check/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <sstream>

namespace hookgate::plugin::check {
namespace {

struct Flaw {
    const char* plugin;
    const char* finding;
};

std::ostream& operator<<(std::ostream& out, const Flaw& flaw) {
    return out << flaw.plugin;
}

CheckReport check(const std::string& plugin) {
    return checkPlugin({.file = std::filesystem::path{HG_BROKEN_DIR} / ("broken_" + plugin + ".so"),
                        .vectors = {}});
}

std::string printed(const CheckReport& report) {
    std::ostringstream out;
    printText({&report, 1}, out);
    return out.str();
}

class BrokenVerifier : public ::testing::TestWithParam<Flaw> {};

TEST_P(BrokenVerifier, PassesItsVectorsAndIsRefused) {
    const auto report = check(GetParam().plugin);
    EXPECT_EQ(report.vectors, 2U);
    EXPECT_FALSE(report.passed());
    bool found = false;
    for (const auto& finding : report.findings) {
        EXPECT_NE(groupOf(finding.id), "vector") << printed(report);
        found = found || finding.id == GetParam().finding;
    }
    EXPECT_TRUE(found) << GetParam().finding << " is not among\n" << printed(report);
}

INSTANTIATE_TEST_SUITE_P(
    All, BrokenVerifier,
    ::testing::Values(
        Flaw{"always_true", "verify.no-crypto"}, Flaw{"any_of_two", "verify.proof-doubled"},
        Flaw{"body_head", "verify.body-byte"}, Flaw{"c_string", "verify.body-longer"},
        Flaw{"chosen_algorithm", "verify.algorithm"}, Flaw{"constant_key", "verify.other-secret"},
        Flaw{"empty_secret", "verify.empty-secret"}, Flaw{"ignored_case", "verify.proof-case"},
        Flaw{"last_of_two", "verify.proof-doubled"},
        Flaw{"lenient_base64", "verify.proof-encoding"}, Flaw{"missing_is_fine", "verify.no-proof"},
        Flaw{"newest_secret", "verify.rotation"}, Flaw{"old_secret", "verify.other-secret"},
        Flaw{"optional_time", "verify.stale"}, Flaw{"own_clock", "verify.stale"},
        Flaw{"own_comparison", "verify.own-comparison"}, Flaw{"prefix_compare", "verify.no-proof"},
        Flaw{"short_secret", "verify.other-secret"}, Flaw{"shorter_compare", "verify.no-proof"},
        Flaw{"stale_time", "verify.time-ignored"}, Flaw{"unsigned_time", "verify.proof-byte"},
        Flaw{"unsigned_type", "verify.unsigned-trusted"}),
    [](const auto& of) { return std::string{of.param.plugin}; });

TEST(SoundVerifier, Passes) {
    const auto report = check("sound");
    EXPECT_TRUE(report.passed()) << printed(report);
    EXPECT_GT(report.cases, 2000U);
}

} // namespace
} // namespace hookgate::plugin::check
