#include "core/plugin/isolation/channel.hpp"

#include <gtest/gtest.h>

#include <thread>

#include <sys/socket.h>

namespace hookgate::plugin::isolation {
namespace {

using Result = Channel::Result;

class ChannelTest : public ::testing::Test {
protected:
    ChannelTest() : ChannelTest(socketPair()) {}

    void peerSends(std::string_view bytes) const {
        ASSERT_EQ(::send(peer.get(), bytes.data(), bytes.size(), 0),
                  static_cast<ssize_t>(bytes.size()));
    }

    Result receive(std::size_t most = 100) {
        return channel.receive(frame, most, std::chrono::steady_clock::now());
    }

    Channel channel;
    base::FileDescriptor peer;
    Frame frame;

private:
    explicit ChannelTest(std::pair<base::FileDescriptor, base::FileDescriptor> ends)
        : channel{std::move(ends.first)},
          peer{std::move(ends.second)} {}
};

TEST_F(ChannelTest, PutsAFrameTogetherFromItsPieces) {
    Writer writer{Kind::Answer};
    const std::string bytes{writer.text("hello").frame()};
    for (const char byte : bytes) {
        EXPECT_EQ(receive(), Result::TimedOut);
        peerSends({&byte, 1});
    }
    ASSERT_EQ(receive(), Result::Done);
    EXPECT_EQ(frame.kind, Kind::Answer);
    EXPECT_EQ(Reader{frame.payload}.text(), "hello");
}

TEST_F(ChannelTest, KeepsTheFramesApart) {
    Writer first{Kind::Line};
    Writer second{Kind::Answer};
    peerSends(std::string{first.text("1").frame()} + std::string{second.text("2").frame()});
    ASSERT_EQ(receive(), Result::Done);
    EXPECT_EQ(frame.kind, Kind::Line);
    ASSERT_EQ(receive(), Result::Done);
    EXPECT_EQ(frame.kind, Kind::Answer);
    EXPECT_EQ(receive(), Result::TimedOut);
}

TEST_F(ChannelTest, RefusesWhatIsNoFrame) {
    peerSends("GET / HTTP/1.1\r\n");
    EXPECT_EQ(receive(), Result::Broken);
}

TEST_F(ChannelTest, RefusesALargerFrameThanWasAskedForBeforeItCame) {
    Writer writer{Kind::Answer};
    const std::string bytes{writer.text(std::string(200, 'x')).frame()};
    peerSends(std::string_view{bytes}.substr(0, kHeadBytes));
    EXPECT_EQ(receive(), Result::Broken);
}

TEST_F(ChannelTest, TellsThatThePeerIsGone) {
    peer.close();
    EXPECT_EQ(receive(), Result::Closed);
    EXPECT_EQ(channel.send("bytes", Channel::kNoDeadline), Result::Closed);
}

TEST_F(ChannelTest, IsQuietUntilSomethingComesUnaskedOrThePeerIsGone) {
    EXPECT_TRUE(channel.isQuiet());
    peerSends("x");
    EXPECT_FALSE(channel.isQuiet());
    EXPECT_EQ(receive(), Result::TimedOut);
    EXPECT_FALSE(channel.isQuiet()); // a piece of a frame
}

TEST_F(ChannelTest, IsNotQuietWithoutAPeer) {
    peer.close();
    EXPECT_FALSE(channel.isQuiet());
}

TEST_F(ChannelTest, DoesNotWaitForAPeerThatReadsNothing) {
    const std::string much(std::size_t{8} << 20, 'x');
    EXPECT_EQ(channel.send(much, std::chrono::steady_clock::now()), Result::TimedOut);
}

TEST(Reader, ReadsNothingBeyondTheEnd) {
    Reader reader{std::string_view{"\x05\0\0\0abc", 7}};
    EXPECT_EQ(reader.text(), "");
    EXPECT_EQ(reader.number(), 0U);
    EXPECT_FALSE(reader.complete());
}

TEST(Reader, CountsNoMoreThanCouldBeThere) {
    Reader reader{std::string_view{"\x03\0\0\0aaaabbbb", 12}};
    EXPECT_EQ(reader.count(4), 0U);
    EXPECT_FALSE(reader.complete());
}

} // namespace
} // namespace hookgate::plugin::isolation
