#include "tests/unit/store/store_fixture.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <vector>

#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

namespace hookgate::store::sqlite {
namespace {

// A small file system of the test's own.
class SmallDisk {
public:
    SmallDisk(std::filesystem::path at, const std::string& size) : at_{std::move(at)} {
        std::filesystem::create_directories(at_);
        mounted_ = ::mount("tmpfs", at_.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
    }

    ~SmallDisk() {
        if (mounted_) ::umount2(at_.c_str(), MNT_DETACH);
    }

    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    bool mounted() const noexcept { return mounted_; }

    void resize(const std::string& size) {
        ASSERT_EQ(::mount("tmpfs", at_.c_str(), "tmpfs", MS_REMOUNT, ("size=" + size).c_str()), 0);
    }

private:
    std::filesystem::path at_;
    bool mounted_ = false;
};

// No file of this process grows beyond a size, as if the medium refused.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) {
        ::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }

    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        ::signal(SIGXFSZ, SIG_DFL);
    }

    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

private:
    rlimit before_{};
};

class StoreFaults : public StoreFixture {
protected:
    // Ingests until the store refuses. Returns how many events it took.
    int fill() {
        int taken = 0;
        while (taken < 10'000 && ingest("fill-" + std::to_string(taken), 20'000).durable)
            ++taken;
        return taken;
    }

    bool isDuplicate(const std::string& external_id) {
        return ingest(external_id).events.at(0).duplicate;
    }
};

TEST_F(StoreFaults, RefusesEventsWhileTheDiskIsFullAndGoesOnByItself) {
    SmallDisk disk{directory_.path() / "data", "4m"};
    if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount";
    open();
    const auto taken = fill();
    ASSERT_LT(taken, 10'000);
    EXPECT_FALSE(store_->health().writable);
    EXPECT_EQ(store_->health().detail, "disk full");
    EXPECT_GT(store_->counters().failed_transactions, 0U);
    disk.resize("64m");
    // Nothing is sent meanwhile: it finds out alone.
    EXPECT_TRUE(becomesTrue([&] { return store_->health().writable; }));
    EXPECT_TRUE(ingest("evt-1").durable);
    EXPECT_TRUE(isDuplicate("fill-" + std::to_string(taken - 1)));
    store_.reset();
}

TEST_F(StoreFaults, KeepsResultsUntilTheDiskHasRoomForThem) {
    SmallDisk disk{directory_.path() / "data", "4m"};
    if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount";
    open();
    ASSERT_TRUE(ingest("evt-1").durable);
    const auto item = claimOne();
    fill();
    store_->finish(delivered(item));
    disk.resize("64m");
    EXPECT_TRUE(becomesTrue([&] { return store_->counters().finished_results == 1; }));
    EXPECT_EQ(store_->counters().dropped_results, 0U);
    EXPECT_EQ(store_->queueDepth().processing, 0);
    store_.reset();
}

TEST_F(StoreFaults, OpensTheDatabaseAgainAfterAnIoError) {
    open();
    ASSERT_TRUE(ingest("evt-1").durable);
    {
        const FileSizeLimit limit{256 * 1024};
        EXPECT_LT(fill(), 10'000);
        EXPECT_FALSE(store_->health().writable);
        EXPECT_EQ(store_->health().detail, "disk I/O error");
    }
    EXPECT_TRUE(becomesTrue([&] { return store_->health().writable; }));
    EXPECT_TRUE(ingest("evt-2").durable);
    EXPECT_TRUE(isDuplicate("evt-1"));
}

TEST_F(StoreFaults, WaitsNoLongerThanTheBusyTimeoutForAnotherProcess) {
    open();
    {
        Database other{path_, Database::Mode::ReadWrite};
        other.execute("BEGIN EXCLUSIVE");
        EXPECT_FALSE(ingest("evt-1").durable);
        EXPECT_FALSE(store_->health().writable);
        EXPECT_EQ(store_->health().detail, "database is locked by another process");
        try {
            store_->release({});
            FAIL() << "a command went through a locked database";
        } catch (const StoreError& e) {
            EXPECT_TRUE(e.retryable());
        }
    }
    EXPECT_TRUE(becomesTrue([&] { return store_->health().writable; }));
    const auto outcome = ingest("evt-1");
    EXPECT_TRUE(outcome.durable);
    EXPECT_FALSE(outcome.events.at(0).duplicate); // nothing of the first try was kept
}

TEST_F(StoreFaults, AnswersAtOnceWhenTheQueueIsFull) {
    open(2);
    std::vector<std::future<IngestOutcome>> outcomes;
    {
        Database other{path_, Database::Mode::ReadWrite};
        other.execute("BEGIN EXCLUSIVE");
        // The writer holds some, two wait; of fifty, most must have been answered right away.
        for (int i = 0; i < 50; ++i)
            outcomes.push_back(submit(webhook("evt-" + std::to_string(i))));
        EXPECT_EQ(outcomes.back().wait_for(std::chrono::seconds{0}), std::future_status::ready);
        EXPECT_FALSE(outcomes.back().get().durable);
    }
    EXPECT_TRUE(outcomes.front().valid());
    outcomes.front().get();
}

TEST_F(StoreFaults, AcceptsNothingAnyMoreWhenTheDatabaseIsDamaged) {
    open();
    for (int i = 0; i < 20; ++i)
        ingest("evt-" + std::to_string(i));
    store_.reset();
    open(); // with empty caches
    {
        std::fstream file{path_, std::ios::in | std::ios::out | std::ios::binary};
        const auto page = 4096;
        const std::string garbage(std::filesystem::file_size(path_) - page, '\xa5');
        file.seekp(page);
        file << garbage;
    }
    EXPECT_FALSE(ingest("evt-new").durable);
    EXPECT_FALSE(store_->health().writable);
    EXPECT_EQ(store_->health().detail, "database is damaged");
    auto refused = submit(webhook("evt-newer"));
    EXPECT_EQ(refused.wait_for(std::chrono::seconds{0}), std::future_status::ready);
    try {
        claimOne();
        FAIL() << "a damaged database was written to";
    } catch (const StoreError& e) {
        EXPECT_FALSE(e.retryable());
    }
}

TEST_F(StoreFaults, KeepsTheWriteAheadLogWithinBounds) {
    open();
    for (int i = 0; i < 300; ++i)
        ASSERT_TRUE(ingest("evt-" + std::to_string(i), 500'000).durable);
    EXPECT_LT(std::filesystem::file_size(path_ + "-wal"), 128U * 1024 * 1024);
    EXPECT_TRUE(becomesTrue([&] { return std::filesystem::file_size(path_) > 64U * 1024 * 1024; }));
}

} // namespace
} // namespace hookgate::store::sqlite
