// Sends pre-signed webhooks at a fixed rate and prints the latency percentiles, each measured from
// the moment the request was due, so that a stall counts for everything it delayed (no coordinated
// omission).
//   steady_load PORT PATH RATE SECONDS CONNECTIONS SIGNATURES RUN
// Prints: RESULT sent answered_2xx p50_us p99_us max_us
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;

struct Connection {
    int socket = -1;
    bool busy = false;
    Clock::time_point due;
    std::string answer;
};

// The same text as tests/bench/webhooks.py.
std::string bodyOf(std::string_view run, int number) {
    std::string digits = std::to_string(number);
    digits.insert(0, 9 - digits.size(), '0');
    return R"({"eventId":"bench-)" + std::string{run} + '-' + digits +
           R"(","eventType":"payment.settled","occurredAt":"2026-01-01T00:00:00.000Z","subject":"account-4711","data":{"id":"account-4711","amount":1234.50,"currency":"EUR","note":")" +
           std::string(480, 'n') + R"("}})";
}

int connectTo(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int one = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    const auto* generic = static_cast<const sockaddr*>(static_cast<const void*>(&address));
    if (::connect(socket, generic, sizeof address) != 0) {
        std::cerr << "cannot connect to 127.0.0.1:" << port << '\n';
        std::exit(1);
    }
    return socket;
}

class Load {
public:
    Load(std::vector<std::string> requests, double rate, std::vector<Connection> connections)
        : requests_{std::move(requests)},
          rate_{rate},
          connections_{std::move(connections)} {}

    void run() {
        const auto start = Clock::now();
        while (answered_ < requests_.size()) {
            const auto now = Clock::now();
            while (next_ < requests_.size() && dueAt(start, next_) <= now && send(start)) {}
            wait(start);
            if (Clock::now() > dueAt(start, requests_.size()) + std::chrono::minutes{10}) break;
        }
    }

    void report() {
        std::sort(latencies_us_.begin(), latencies_us_.end());
        const auto at = [&](double share) {
            if (latencies_us_.empty()) return 0L;
            return latencies_us_[static_cast<std::size_t>(
                share * static_cast<double>(latencies_us_.size() - 1))];
        };
        std::cout << "RESULT " << next_ << ' ' << accepted_ << ' ' << at(0.5) << ' ' << at(0.99)
                  << ' ' << at(1.0) << '\n';
    }

private:
    Clock::time_point dueAt(Clock::time_point start, std::size_t index) const {
        return start + std::chrono::nanoseconds{
                           static_cast<std::int64_t>(static_cast<double>(index) / rate_ * 1e9)};
    }

    bool send(Clock::time_point start) {
        for (auto& connection : connections_) {
            if (connection.busy) continue;
            const auto& request = requests_[next_];
            if (::send(connection.socket, request.data(), request.size(), MSG_NOSIGNAL) !=
                static_cast<ssize_t>(request.size()))
                std::exit(1);
            connection.busy = true;
            connection.due = dueAt(start, next_);
            ++next_;
            return true;
        }
        return false;
    }

    void wait(Clock::time_point start) {
        std::vector<pollfd> polls;
        polls.reserve(connections_.size());
        for (const auto& connection : connections_)
            polls.push_back(
                {connection.socket, static_cast<short>(connection.busy ? POLLIN : 0), 0});
        const auto until = dueAt(start, next_) - Clock::now();
        timespec patience{0, std::clamp<long>(until.count(), 0, 5'000'000)};
        ::ppoll(polls.data(), polls.size(), &patience, nullptr);
        for (std::size_t i = 0; i < polls.size(); ++i)
            if ((polls[i].revents & POLLIN) != 0) receive(connections_[i]);
    }

    void receive(Connection& connection) {
        char buffer[4096];
        const auto size = ::recv(connection.socket, buffer, sizeof buffer, 0);
        if (size <= 0) {
            std::cerr << "connection closed under load\n";
            std::exit(1);
        }
        connection.answer.append(buffer, static_cast<std::size_t>(size));
        const auto head_end = connection.answer.find("\r\n\r\n");
        if (head_end == std::string::npos) return;
        const auto length_at = connection.answer.find("Content-Length: ");
        std::size_t length = 0;
        std::from_chars(connection.answer.data() + length_at + 16,
                        connection.answer.data() + head_end, length);
        if (connection.answer.size() < head_end + 4 + length) return;
        accepted_ += connection.answer.compare(9, 1, "2") == 0 ? 1U : 0U;
        latencies_us_.push_back(
            std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - connection.due)
                .count());
        ++answered_;
        connection.answer.clear();
        connection.busy = false;
    }

    std::vector<std::string> requests_;
    double rate_;
    std::vector<Connection> connections_;
    std::vector<long> latencies_us_;
    std::size_t next_ = 0;
    std::size_t answered_ = 0;
    std::size_t accepted_ = 0;
};

std::vector<std::string> prepare(const std::string& path, std::size_t count,
                                 const std::string& file_name, std::string_view run) {
    std::ifstream file{file_name, std::ios::binary};
    std::vector<std::string> requests;
    for (std::size_t i = 0; i < count; ++i) {
        std::string signature(64, '\0');
        if (!file.read(signature.data(), 64)) {
            std::cerr << "not enough signatures in " << file_name << '\n';
            std::exit(1);
        }
        const auto body = bodyOf(run, static_cast<int>(i));
        requests.push_back("POST " + path +
                           " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" +
                           "Content-Length: " + std::to_string(body.size()) +
                           "\r\nX-Acme-Signature: " + signature + "\r\n\r\n" + body);
    }
    return requests;
}

} // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments{argv + 1, argv + argc};
    if (arguments.size() != 7) {
        std::cerr << "usage: steady_load PORT PATH RATE SECONDS CONNECTIONS SIGNATURES RUN\n";
        return 64;
    }
    const auto rate = std::stod(arguments[2]);
    const auto count = static_cast<std::size_t>(rate * std::stod(arguments[3]));
    auto requests = prepare(arguments[1], count, arguments[5], arguments[6]);
    std::vector<Connection> connections(std::stoul(arguments[4]));
    for (auto& connection : connections)
        connection.socket = connectTo(static_cast<std::uint16_t>(std::stoul(arguments[0])));
    Load load{std::move(requests), rate, std::move(connections)};
    load.run();
    load.report();
    return 0;
}
