#include "core/observability/async_log.hpp"

#include "tests/support/manual_clock.hpp"
#include "tests/support/written_file.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <sstream>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <unistd.h>

namespace hookgate::observability {
namespace {

using namespace std::chrono_literals;
using testing_support::ManualClock;
using testing_support::TemporaryDirectory;

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_{fd} {}

    ~Descriptor() { close(); }

    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    int get() const { return fd_; }

    void close() {
        if (fd_ >= 0) ::close(fd_);
        fd_ = -1;
    }

private:
    int fd_;
};

struct Pipe {
    Pipe() : Pipe{open()} {}

    Descriptor reader;
    Descriptor writer;

private:
    explicit Pipe(std::array<int, 2> ends) : reader{ends[0]}, writer{ends[1]} {}

    static std::array<int, 2> open() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error{"pipe2"};
        return ends;
    }
};

// All that comes until the writer's end is closed.
std::string readAll(int fd) {
    std::string all;
    std::array<char, 65'536> piece{};
    for (;;) {
        const auto got = ::read(fd, piece.data(), piece.size());
        if (got <= 0) return all;
        all.append(piece.data(), static_cast<std::size_t>(got));
    }
}

std::vector<nlohmann::json> jsonLines(const std::string& text) {
    std::vector<nlohmann::json> lines;
    std::istringstream stream{text};
    for (std::string line; std::getline(stream, line);)
        lines.push_back(nlohmann::json::parse(line));
    return lines;
}

template <class Condition>
bool within(std::chrono::milliseconds patience, Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

class AsyncLogTest : public ::testing::Test {
protected:
    AsyncLog::Options options(int descriptor, std::size_t buffer_bytes = 2 * 1024 * 1024) const {
        return {.descriptor = descriptor,
                .format = LogFormat::Json,
                .level = base::LogLevel::Information,
                .buffer_bytes = buffer_bytes};
    }

    ManualClock clock_;
};

TEST_F(AsyncLogTest, WritesWhatIsLeftAtItsEnd) {
    Pipe pipe;
    {
        AsyncLog log{options(pipe.writer.get()), clock_};
        for (int i = 0; i < 100; ++i)
            log.information("counted", {{"i", i}});
    }
    pipe.writer.close();
    const auto lines = jsonLines(readAll(pipe.reader.get()));
    ASSERT_EQ(lines.size(), 100U);
    for (std::size_t i = 0; i < lines.size(); ++i)
        EXPECT_EQ(lines[i].at("i"), i);
}

TEST_F(AsyncLogTest, LeavesOutWhatIsBelowItsLevel) {
    Pipe pipe;
    {
        AsyncLog log{options(pipe.writer.get()), clock_};
        EXPECT_FALSE(log.enabled(base::LogLevel::Debug));
        log.debug("fine detail");
        log.warning("heavy weather");
    }
    pipe.writer.close();
    const auto lines = jsonLines(readAll(pipe.reader.get()));
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].at("event"), "heavy weather");
}

TEST_F(AsyncLogTest, LinesOfManyThreadsStayWhole) {
    Pipe pipe;
    std::string all;
    std::jthread reader{[&] { all = readAll(pipe.reader.get()); }};
    {
        AsyncLog log{options(pipe.writer.get()), clock_};
        std::vector<std::jthread> writers;
        for (int w = 0; w < 4; ++w)
            writers.emplace_back([&log, w] {
                for (int i = 0; i < 500; ++i)
                    log.information("line", {{"writer", w}, {"i", i}});
            });
    }
    pipe.writer.close();
    reader.join();
    EXPECT_EQ(jsonLines(all).size(), 2000U);
}

TEST_F(AsyncLogTest, ASleepingReaderCostsLinesAndNoTime) {
    Pipe pipe;
    const auto began = std::chrono::steady_clock::now();
    std::uint64_t dropped = 0;
    {
        AsyncLog log{options(pipe.writer.get(), 256 * 1024), clock_};
        for (int i = 0; i < 20'000; ++i)
            log.information("nobody reads this", {{"i", i}});
        EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
        dropped = log.dropped();
        EXPECT_GT(dropped, 1000U);
        EXPECT_LT(dropped, 20'000U);
        // At its end too it waits for a bounded time only.
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, 15s);
}

TEST_F(AsyncLogTest, KeepsRoomForWhatIsSevereAndTellsTheLoss) {
    Pipe pipe;
    std::string all;
    std::jthread reader;
    {
        AsyncLog log{options(pipe.writer.get(), 256 * 1024), clock_};
        for (int i = 0; i < 20'000; ++i)
            log.information("nobody reads this", {{"i", i}});
        const auto dropped = log.dropped();
        log.error("something severe");
        EXPECT_EQ(log.dropped(), dropped);
        reader = std::jthread{[&] { all = readAll(pipe.reader.get()); }};
    }
    pipe.writer.close();
    reader.join();
    std::uint64_t told = 0;
    bool severe = false;
    std::size_t ordinary = 0;
    for (const auto& line : jsonLines(all)) {
        if (line.at("event") == "log lines dropped") told += line.at("count").get<std::uint64_t>();
        severe = severe || line.at("event") == "something severe";
        if (line.at("event") == "nobody reads this") ++ordinary;
    }
    EXPECT_TRUE(severe);
    EXPECT_EQ(told + ordinary, 20'000U);
}

TEST_F(AsyncLogTest, SurvivesAReaderThatHasGone) {
    Pipe pipe;
    pipe.reader.close();
    AsyncLog log{options(pipe.writer.get()), clock_};
    log.information("into the void");
    EXPECT_TRUE(within(10s, [&] { return log.dropped() >= 1; }));
    log.error("again");
    EXPECT_TRUE(within(10s, [&] { return log.dropped() >= 2; }));
}

TEST_F(AsyncLogTest, SurvivesAFullDisk) {
    Descriptor full{::open("/dev/full", O_WRONLY | O_CLOEXEC)};
    ASSERT_GE(full.get(), 0);
    AsyncLog log{options(full.get()), clock_};
    log.information("no space");
    EXPECT_TRUE(within(10s, [&] { return log.dropped() >= 1; }));
}

} // namespace
} // namespace hookgate::observability
