#include "core/plugin/guard/breadcrumb.hpp"

#include "core/plugin/guard/crash_journal.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

namespace hookgate::plugin::guard {
namespace {

const std::string kHash(64, 'c');

// Each in a process of its own, since it dies.
class BreadcrumbTest : public ::testing::Test {
protected:
    // How a process ends that leaves breadcrumbs and does this; as waitpid(2) tells.
    int endOf(const std::function<void()>& work) const {
        const auto id = ::fork();
        if (id == 0) {
            const auto own = CrashJournal::open(file());
            leaveBreadcrumbsIn(own->descriptor());
            work();
            ::_exit(0);
        }
        int status = 0;
        EXPECT_EQ(::waitpid(id, &status, 0), id);
        return status;
    }

    std::vector<Crash> crashes() const { return CrashJournal::open(file())->crashes(); }

    std::filesystem::path file() const { return directory.path() / "plugin-crashes"; }

    testing_support::TemporaryDirectory directory;
};

TEST_F(BreadcrumbTest, TellsWhatAThreadWasDoingWhenASignalEndedIt) {
    const auto status = endOf([] {
        std::thread{[] {
            const Breadcrumb crumb{"acme", kHash, "verify", "an id\nwith more"};
            static_cast<void>(std::signal(SIGTERM, SIG_DFL));
            ::raise(SIGSEGV);
        }}.join();
    });
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGSEGV);
    ASSERT_EQ(crashes().size(), 1U);
    const auto crash = crashes().front();
    EXPECT_EQ(crash.signal, SIGSEGV);
    EXPECT_EQ(crash.provider, "acme");
    EXPECT_EQ(crash.sha256, kHash);
    EXPECT_EQ(crash.step, "verify");
    EXPECT_EQ(crash.correlation_id, "an?id?with?more");
}

TEST_F(BreadcrumbTest, TellsOfAnAbortOnceAndLetsItEndTheProcess) {
    const auto status = endOf([] {
        const Breadcrumb crumb{"acme", kHash, "normalize", "c"};
        std::abort();
    });
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGABRT);
    EXPECT_EQ(crashes().size(), 1U);
}

TEST_F(BreadcrumbTest, TellsOfAPluginThatCallsExit) {
    const auto status = endOf([] {
        const Breadcrumb crumb{"acme", kHash, "format", "c"};
        std::exit(0); // NOLINT(concurrency-mt-unsafe): as a plugin would
    });
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 70);
    ASSERT_EQ(crashes().size(), 1U);
    EXPECT_EQ(crashes().front().signal, 0);
}

TEST_F(BreadcrumbTest, AreGoneAfterTheCall) {
    const auto status = endOf([] {
        { const Breadcrumb crumb{"acme", kHash, "verify", "c"}; }
        ::raise(SIGSEGV);
    });
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_TRUE(crashes().empty());
}

TEST_F(BreadcrumbTest, AreNotLeftForCodeThatRunsElsewhere) {
    endOf([] {
        const Breadcrumb crumb{"acme", "", "verify", "c"};
        ::raise(SIGSEGV);
    });
    EXPECT_TRUE(crashes().empty());
}

} // namespace
} // namespace hookgate::plugin::guard
