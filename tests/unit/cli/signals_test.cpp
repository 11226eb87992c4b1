#include "core/cli/signals.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

#include <unistd.h>

namespace hookgate::cli {
namespace {

// Each runs in a process of its own, started anew: signal masks do not come back.
class SignalsDeathTest : public ::testing::Test {
protected:
    void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

void exitWithTheSignal(int signal) {
    const ServeSignals signals;
    ::kill(::getpid(), signal);
    std::_Exit(signals.wait());
}

void stopTwice() {
    const ServeSignals signals;
    ::kill(::getpid(), SIGTERM);
    signals.wait();
    const ImpatienceGuard guard;
    ::kill(::getpid(), SIGINT);
    for (;;)
        ::pause();
}

void stopOnce() {
    const ServeSignals signals;
    ::kill(::getpid(), SIGTERM);
    signals.wait();
    { const ImpatienceGuard guard; }
    std::_Exit(0);
}

TEST_F(SignalsDeathTest, OneThatCameBeforeTheWaitCounts) {
    EXPECT_EXIT(exitWithTheSignal(SIGTERM), ::testing::ExitedWithCode(SIGTERM), "");
    EXPECT_EXIT(exitWithTheSignal(SIGHUP), ::testing::ExitedWithCode(SIGHUP), "");
}

TEST_F(SignalsDeathTest, ASecondOneEndsTheProcessAtOnce) {
    EXPECT_EXIT(stopTwice(), ::testing::ExitedWithCode(128 + SIGINT), "");
}

TEST_F(SignalsDeathTest, TheGuardEndsWithTheDrain) {
    EXPECT_EXIT(stopOnce(), ::testing::ExitedWithCode(0), "");
}

} // namespace
} // namespace hookgate::cli
