// A sound verifier that does what no plugin may to its process or its input (tests/abi/careless).
#include "core/plugin/check/check.hpp"
#include "core/plugin/check/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <sstream>

namespace hookgate::plugin::check {
namespace {

struct Manner {
    const char* plugin;
    const char* finding;
};

std::ostream& operator<<(std::ostream& out, const Manner& manner) {
    return out << manner.plugin;
}

class IllMannered : public ::testing::TestWithParam<Manner> {};

TEST_P(IllMannered, IsFound) {
    const auto report =
        checkPlugin({.file = std::filesystem::path{HG_ILL_MANNERED_DIR} /
                             ("ill_mannered_" + std::string{GetParam().plugin} + ".so")});
    std::ostringstream printed;
    printText({&report, 1}, printed);
    EXPECT_THAT(report.findings,
                ::testing::Contains(::testing::Field(&Finding::id, GetParam().finding)))
        << printed.str();
}

INSTANTIATE_TEST_SUITE_P(
    All, IllMannered,
    ::testing::Values(
        Manner{"arena", "robustness.arena"}, Manner{"chance", "robustness.determinism"},
        Manner{"descriptor", "load.descriptors"}, Manner{"directory", "load.directory"},
        Manner{"environment", "load.environment"}, Manner{"example", "lifecycle.example"},
        Manner{"flood", "process.broken"}, Manner{"locale", "load.locale"},
        Manner{"no_reason", "lifecycle.settings-reason"},
        Manner{"no_secrets", "lifecycle.no-secrets"},
        Manner{"odd_request", "robustness.odd-request"}, Manner{"older_host", "process.crash"},
        Manner{"overread", "process.crash"}, Manner{"race", "robustness.threads"},
        Manner{"sign", "vector.sign"}, Manner{"signal", "load.signals"},
        Manner{"thread", "load.threads"}, Manner{"umask", "load.umask"},
        Manner{"wrong_status", "lifecycle.settings-status"}),
    [](const auto& of) { return std::string{of.param.plugin}; });

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// Sanitizers have an allocator of their own, which counts in another way.
INSTANTIATE_TEST_SUITE_P(Leaks, IllMannered,
                         ::testing::Values(Manner{"call_leak", "lifecycle.call-growth"},
                                           Manner{"leak", "lifecycle.growth"}),
                         [](const auto& of) { return std::string{of.param.plugin}; });
#endif

} // namespace
} // namespace hookgate::plugin::check
