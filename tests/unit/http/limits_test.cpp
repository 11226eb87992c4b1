#include "core/http/shared_limits.hpp"
#include "tests/unit/http/edge_fixture.hpp"

#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hookgate::http::test {
namespace {

using std::chrono::milliseconds;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif

std::size_t residentBytes() {
    std::ifstream statm{"/proc/self/statm"};
    std::size_t pages = 0;
    statm >> pages >> pages;
    return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

class LimitsTest : public EdgeTest {};

TEST_F(LimitsTest, LetTheSenderOfAHugeBodyReadTheRefusal) {
    start();
    auto peer = connect();
    peer.send("POST /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n");
    peer.send(std::string(3'000'000, 'x'));
    const auto answer = peer.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 413);
    EXPECT_NE(answer->body.find("PAYLOAD_TOO_LARGE"), std::string::npos);
    EXPECT_TRUE(peer.seesEnd());
}

TEST_F(LimitsTest, RefuseBodiesBeyondWhatAllMayHold) {
    options_.buffered_bytes_max = 100'000;
    start();
    const std::string body(48'000, 'x');
    auto first = connect();
    auto second = connect();
    auto third = connect();
    first.send(postOf("/parked", body));
    second.send(postOf("/parked", body));
    ASSERT_TRUE(parking_.waitForArrivals(2));
    EXPECT_EQ(server_->bufferedBytes(), 96'000U);

    third.send(postOf("/parked", body));
    auto answer = third.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 503);
    EXPECT_EQ(answer->header("Retry-After"), "1");
    EXPECT_EQ(observer_.rejections("buffers_full"), 1);

    parking_.take().completion.reply(Reply{});
    ASSERT_TRUE(first.receive());
    auto fourth = connect();
    fourth.send(postOf("/ok", body));
    answer = fourth.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    parking_.take().completion.reply(Reply{});
    EXPECT_TRUE(eventually([this] { return server_->bufferedBytes() == 0; }));
}

TEST_F(LimitsTest, CountABodyUntilItsHandlerLetsGo) {
    start();
    auto impatient = connect();
    impatient.send(postOf("/impatient", std::string(10'000, 'x')));
    auto parked = parking_.take();
    const auto answer = impatient.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 503);
    EXPECT_EQ(server_->bufferedBytes(), 10'000U);

    ParkingHandler::Parked orphan;
    {
        auto gone = connect();
        gone.send(postOf("/parked", std::string(5'000, 'x')));
        orphan = parking_.take();
        gone.send("GET / \n"); // closes once the answer is there
    }
    EXPECT_EQ(server_->bufferedBytes(), 15'000U);
    parked.completion.reply(Reply{});
    orphan.completion.reply(Reply{});
    EXPECT_TRUE(eventually([this] { return server_->bufferedBytes() == 0; }));
}

TEST_F(LimitsTest, TurnAwayAPeerWithTooManyConnections) {
    options_.connections_per_peer_max = 2;
    start();
    auto first = connect();
    std::optional<Peer> second{connect()};
    for (auto* peer : {&first, &*second}) {
        peer->send(kGetOk);
        ASSERT_TRUE(peer->receive());
    }
    auto third = connect();
    const auto answer = third.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 503);
    EXPECT_NE(answer->header("Retry-After"), "");
    EXPECT_TRUE(third.seesEnd());
    EXPECT_EQ(observer_.rejections("too_many_connections"), 1);

    second.reset();
    ASSERT_TRUE(eventually([this] { return server_->connections() == 1; }));
    auto fourth = connect();
    fourth.send(kGetOk);
    const auto served = fourth.receive();
    ASSERT_TRUE(served);
    EXPECT_EQ(served->status, 200);
}

TEST(SharedLimits, CountTheConnectionsOfAnIpv6NetworkTogether) {
    SharedLimits limits{100, 2, 0};
    EXPECT_TRUE(limits.admit("2001:db8:1:2::1", true));
    EXPECT_TRUE(limits.admit("2001:db8:1:2::2", true));
    EXPECT_FALSE(limits.admit("2001:db8:1:2:ffff::3", true));
    EXPECT_TRUE(limits.admit("2001:db8:1:3::1", true));
    limits.leave("2001:db8:1:2::1", true);
    EXPECT_TRUE(limits.admit("2001:db8:1:2:ffff::3", true));
}

TEST_F(LimitsTest, SetATrustedProxyNoCapOfItsOwn) {
    options_.connections_per_peer_max = 1;
    options_.is_trusted_proxy = [](std::string_view peer) { return peer == "127.0.0.1"; };
    start();
    std::vector<Peer> peers;
    for (int i = 0; i < 5; ++i) {
        peers.push_back(connect());
        peers.back().send(kGetOk);
        const auto answer = peers.back().receive();
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->status, 200);
    }
}

TEST_F(LimitsTest, TurnAwayConnectionsBeyondTheTotal) {
    options_.connections_max = 3;
    start();
    std::vector<Peer> peers;
    for (int i = 0; i < 3; ++i) {
        peers.push_back(connect());
        peers.back().send(kGetOk);
        ASSERT_TRUE(peers.back().receive());
    }
    auto fourth = connect();
    const auto answer = fourth.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 503);
    EXPECT_EQ(server_->connections(), 3U);
}

// Lowers the limit of open files to `spare` more than are open now, for its lifetime.
class FewDescriptors {
public:
    explicit FewDescriptors(int spare) {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const int next = ::dup(0);
        ::close(next);
        auto limit = before_;
        limit.rlim_cur = static_cast<rlim_t>(next + spare);
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }

    ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

    FewDescriptors(const FewDescriptors&) = delete;
    FewDescriptors& operator=(const FewDescriptors&) = delete;

private:
    rlimit before_{};
};

TEST_F(LimitsTest, SurviveHavingNoDescriptorLeft) {
    static constexpr int kClients = 30;
    static constexpr int kSpare = 5;
    start();
    auto served = connect();
    served.send(kGetOk);
    ASSERT_TRUE(served.receive());
    std::vector<int> sockets;
    for (int i = 0; i < kClients; ++i)
        sockets.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));

    std::vector<Peer> peers;
    int accepted = 0;
    int turned_away = 0;
    {
        const FewDescriptors few{kSpare};
        for (const int socket : sockets) {
            peers.emplace_back(socket, server_->port());
            ASSERT_TRUE(peers.back().isConnected());
            peers.back().send(kGetOk);
            const auto answer = peers.back().receive();
            ASSERT_TRUE(answer) << "neither served nor turned away";
            ++(answer->status == 200 ? accepted : turned_away);
        }
        served.send(kGetOk);
        EXPECT_TRUE(served.receive()) << "who was there before is not served any more";
    }
    EXPECT_LE(accepted, kSpare);
    EXPECT_GE(turned_away, kClients - kSpare);
    // Once for each, and not over and over.
    EXPECT_LE(observer_.rejections("no_descriptor"), 2 * kClients);
    auto later = connect();
    later.send(kGetOk);
    const auto answer = later.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
}

TEST_F(LimitsTest, KeepSlowConnectionsSmallAndGoodTrafficUnharmed) {
    static constexpr std::size_t kSlow = 2'500;
    options_.connections_per_peer_max = kSlow + 10;
    start();
    std::vector<Peer> slow;
    slow.reserve(kSlow);
    const auto before = residentBytes();
    for (std::size_t i = 0; i < kSlow; ++i) {
        slow.push_back(connect());
        ASSERT_TRUE(slow.back().isConnected());
        slow.back().send("POST /ok HTTP/1.1\r\nHost: a\r\nX-Slow: " + std::string(200, 'x'));
    }
    ASSERT_TRUE(eventually([this] { return server_->connections() == kSlow; }));
    auto good = connect();
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 100; ++i) {
        good.send(kGetOk);
        ASSERT_TRUE(good.receive());
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{2});
    const auto grown = residentBytes() - before;
    RecordProperty("bytes_per_slow_connection", std::to_string(grown / kSlow));
    EXPECT_LT(grown / kSlow, kIsSanitized ? grown + 1 : 4U * 1024);
}

TEST_F(LimitsTest, HoldAtMost16KiBForAConnectionWithAHeadAtTheLimit) {
    static constexpr std::size_t kSlow = 500;
    // The head, the connection itself, and a share of what the whole server needs for the first.
    static constexpr std::size_t kAllowed = 18 * 1024;
    start();
    std::vector<Peer> slow;
    slow.reserve(kSlow);
    const auto before = residentBytes();
    const std::string head = "POST /ok HTTP/1.1\r\nHost: a\r\nX-Slow: " + std::string(16'000, 'x');
    for (std::size_t i = 0; i < kSlow; ++i) {
        slow.push_back(connect());
        for (std::size_t at = 0; at < head.size(); at += 1'000)
            slow.back().send(head.substr(at, 1'000));
    }
    auto good = connect();
    good.send(kGetOk);
    ASSERT_TRUE(good.receive());
    const auto grown = residentBytes() - before;
    RecordProperty("bytes_per_slow_connection", std::to_string(grown / kSlow));
    EXPECT_LT(grown / kSlow, kIsSanitized ? grown + 1 : kAllowed);
}

} // namespace
} // namespace hookgate::http::test
