#include "core/coordination/redis/scripts.hpp"
#include "tests/unit/coordination/redis_fixture.hpp"

#include <array>
#include <atomic>
#include <functional>
#include <random>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hookgate::coordination::redis {
namespace {

using namespace std::chrono_literals;

// A peer that is no Redis server, or a mad one: it does with each connection what it was told.
class StrangeServer {
public:
    class Peer {
    public:
        Peer(int socket, std::atomic<std::int64_t>& sent) : socket_{socket}, sent_{sent} {}

        ~Peer() { ::close(socket_); }

        Peer(const Peer&) = delete;
        Peer& operator=(const Peer&) = delete;

        // False: the client has gone, or takes nothing any more.
        bool send(std::string_view bytes) const {
            while (!bytes.empty()) {
                const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
                if (count <= 0) return false;
                sent_ += count;
                bytes.remove_prefix(static_cast<std::size_t>(count));
            }
            return true;
        }

        // False: the client has gone, or says nothing for long.
        bool receive(std::string_view until) const {
            std::string seen;
            while (seen.find(until) == std::string::npos) {
                std::array<char, 4096> buffer{};
                const auto count = ::recv(socket_, buffer.data(), buffer.size(), 0);
                if (count <= 0) return false;
                seen.append(buffer.data(), static_cast<std::size_t>(count));
            }
            return true;
        }

        // As a server should.
        bool greet() const {
            return receive("PX\r\n$4\r\n1000\r\n") &&
                   send("$40\r\n" + admitScript().name + "\r\n$40\r\n" + unlockScript().name +
                        "\r\n+OK\r\n");
        }

    private:
        const int socket_;
        std::atomic<std::int64_t>& sent_;
    };

    explicit StrangeServer(std::function<void(const Peer&)> behaviour)
        : behaviour_{std::move(behaviour)},
          listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* const generic = static_cast<sockaddr*>(static_cast<void*>(&address));
        socklen_t size = sizeof address;
        EXPECT_EQ(::bind(listener_, generic, size), 0);
        EXPECT_EQ(::listen(listener_, 64), 0);
        EXPECT_EQ(::getsockname(listener_, generic, &size), 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
    }

    ~StrangeServer() {
        thread_.request_stop();
        thread_.join();
        ::close(listener_);
    }

    StrangeServer(const StrangeServer&) = delete;
    StrangeServer& operator=(const StrangeServer&) = delete;

    std::uint16_t port() const noexcept { return port_; }

    int connections() const noexcept { return connections_; }

    std::int64_t sentBytes() const noexcept { return sent_; }

private:
    void run(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            pollfd watched{listener_, POLLIN, 0};
            if (::poll(&watched, 1, 5) <= 0) continue;
            const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (socket < 0) continue;
            const timeval patience{2, 0};
            ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
            ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
            ++connections_;
            behaviour_(Peer{socket, sent_});
        }
    }

    const std::function<void(const Peer&)> behaviour_;
    const int listener_;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_{0};
    std::atomic<std::int64_t> sent_{0};
    std::jthread thread_;
};

using Peer = StrangeServer::Peer;

struct Strangeness {
    const char* name;
    std::function<void(const Peer&)> behaviour;

    friend void PrintTo(const Strangeness& strangeness, std::ostream* out) {
        *out << strangeness.name;
    }
};

std::string randomBytes(std::size_t count) {
    std::mt19937 random{20'261'124};
    std::string bytes;
    for (std::size_t i = 0; i < count; ++i)
        bytes.push_back(static_cast<char>(random() & 0xffU));
    return bytes;
}

std::string repeated(std::string_view text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i)
        all.append(text);
    return all;
}

// Greets, and answers the first commands after it with `bytes` over and over.
std::function<void(const Peer&)> greetsThenSends(std::string bytes, int times = 1) {
    return [bytes = std::move(bytes), times](const Peer& peer) {
        if (!peer.greet() || !peer.receive("\r\n")) return;
        for (int i = 0; i < times && peer.send(bytes); ++i) {}
    };
}

constexpr int kEndless = 1'000'000;

const std::vector<Strangeness>& strangenesses() {
    static const std::vector<Strangeness> all{
        {"ClosesAtOnce", [](const Peer&) {}},
        {"ClosesAfterTheGreeting", [](const Peer& peer) { peer.greet(); }},
        {"SaysNothing", [](const Peer& peer) { peer.receive("nothing that is ever sent"); }},
        {"SpeaksHttp",
         [](const Peer& peer) { peer.send("HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n"); }},
        {"SaysOkToEverything",
         [](const Peer& peer) {
             while (peer.receive("\r\n") && peer.send(repeated("+OK\r\n", 3))) {}
         }},
        {"SendsRandomBytes", [](const Peer& peer) { peer.send(randomBytes(100'000)); }},
        {"SendsRandomBytesAfterTheGreeting", greetsThenSends(randomBytes(100'000))},
        {"SendsWithoutEnd",
         [](const Peer& peer) {
             while (peer.send(std::string(65'536, 'x'))) {}
         }},
        {"AnswersWithoutEnd", greetsThenSends(repeated("$3\r\n1 0\r\n", 7000), kEndless)},
        {"SendsALineWithoutEnd", greetsThenSends("+" + std::string(65'536, 'x'), kEndless)},
        {"AnnouncesALotAndSendsIt",
         greetsThenSends("$536870912\r\n" + std::string(65'536, 'x'), kEndless)},
        {"AnnouncesALotAndSendsNothing",
         [](const Peer& peer) {
             if (!peer.greet() || !peer.receive("\r\n")) return;
             peer.send("$536870912\r\n");
             peer.receive("nothing that is ever sent");
         }},
        {"AnnouncesAnEnormousArray", greetsThenSends("*2147483647\r\n")},
        {"NestsDeeply", greetsThenSends(repeated("*1\r\n", 20'000))},
        {"CutsAReply", greetsThenSends("$10\r\nabc")},
        {"RefusesEverything", greetsThenSends("-ERR no\r\n")},
        {"AnswersWithNil", greetsThenSends("$-1\r\n")},
        {"AnswersMoreThanWasAsked", greetsThenSends(repeated("$3\r\n1 0\r\n", 5))},
        {"AdmitsMoreThanAsked", greetsThenSends("$4\r\n99 0\r\n")},
        {"AdmitsLessThanNothing", greetsThenSends("$4\r\n-1 0\r\n")},
        {"Drips",
         [](const Peer& peer) {
             if (!peer.greet() || !peer.receive("\r\n")) return;
             for (const char byte : repeated("$3\r\n1 0\r\n", 10)) {
                 if (!peer.send({&byte, 1})) return;
                 std::this_thread::sleep_for(kBudget / 4);
             }
         }},
    };
    return all;
}

class RedisGarbage : public RedisTest, public testing::WithParamInterface<Strangeness> {};

TEST_P(RedisGarbage, CostsNeitherAnAnswerNorTimeNorMemory) {
    const StrangeServer server{GetParam().behaviour};
    const auto coordinator = connect(server.port());
    const auto start = std::chrono::steady_clock::now();
    int count = 0;
    for (int i = 0; i < 50; ++i) {
        count += admitted(*coordinator, "a", 20, 1);
        coordinator->remember("one", markerOf('1'), 60s);
        const auto recalled = coordinator->recall("one");
        EXPECT_EQ(recalled.value_or(markerOf('1')).event_id, markerOf('1').event_id);
        if (const auto token = coordinator->lock("event-1", 60s))
            coordinator->unlock("event-1", *token);
    }
    // The rules in process hold; a single lie that looks like an answer is believed.
    EXPECT_GE(count, 20);
    EXPECT_LE(count, 40);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 24 * kBudget);
    // What was sent may lie in the buffers of the sockets, but nobody reads on and on.
    EXPECT_LT(server.sentBytes(), (server.connections() + 1) * std::int64_t{8'000'000});
}

INSTANTIATE_TEST_SUITE_P(Servers, RedisGarbage, testing::ValuesIn(strangenesses()),
                         [](const auto& chosen) { return std::string{chosen.param.name}; });

TEST_F(RedisTest, GoesToAServerThatEndsEveryConnectionEverLessOften) {
    const StrangeServer server{[](const Peer& peer) { peer.greet(); }};
    const auto coordinator = connect(server.port());
    std::this_thread::sleep_for(1s);
    EXPECT_LT(server.connections(), 60);
}

} // namespace
} // namespace hookgate::coordination::redis
