#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace hookgate::test {

struct CallbackRequest {
    std::string method;
    std::string target;
    std::vector<std::pair<std::string, std::string>> headers; // names in lower case
    std::string body;
    std::size_t connection = 0;    // 0 for the first one accepted
    std::size_t on_connection = 0; // 0 for the first request of a connection

    // The first value; empty when there is none.
    std::string header(std::string_view name) const;
};

// What the server does about one request: bytes as they are, at once or drop by drop, and then.
struct CallbackReply {
    enum class Then { KeepOpen, Close, Reset };

    std::string bytes;
    Then then = Then::KeepOpen;
    std::chrono::milliseconds drip{0}; // above 0: one byte each time
    bool endless = false;              // the bytes again and again until the peer is gone

    static CallbackReply status(int code, std::string_view body = {},
                                std::string_view header_lines = {});

    static CallbackReply silence() { return {}; }

    static CallbackReply close() { return {.bytes = {}, .then = Then::Close}; }

    static CallbackReply reset() { return {.bytes = {}, .then = Then::Reset}; }
};

// An HTTP/1.1 server on 127.0.0.1 that behaves as badly as it is told: the callback of the tests.
// One thread; the handler runs on it. Public functions are safe to call from any thread.
class CallbackServer {
public:
    using Handler = std::function<CallbackReply(const CallbackRequest&)>;

    explicit CallbackServer(Handler handler = [](const CallbackRequest&) {
        return CallbackReply::status(200);
    });
    ~CallbackServer();
    CallbackServer(const CallbackServer&) = delete;
    CallbackServer& operator=(const CallbackServer&) = delete;

    std::uint16_t port() const noexcept { return port_; }

    std::string url(std::string_view path = "/callback") const;

    // Off: only counts. For tests that send very many.
    void keepRequests(bool keep) { keep_ = keep; }

    std::size_t count() const;
    std::size_t connections() const;
    std::vector<CallbackRequest> requests() const;
    // False: fewer came in time.
    bool waitForRequests(std::size_t count,
                         std::chrono::milliseconds patience = std::chrono::seconds{20}) const;

private:
    using Steady = std::chrono::steady_clock;

    struct Connection {
        int socket = -1;
        std::size_t number = 0;
        std::size_t requests = 0;
        std::string in;
        std::string out;
        CallbackReply reply;
        bool replying = false;
        Steady::time_point next_drop{};
    };

    void run();
    int pollTimeout() const;
    void accept();
    bool serve(Connection& connection, short events);
    bool read(Connection& connection);
    bool nextRequest(Connection& connection);
    bool write(Connection& connection);
    static void closeSocket(const Connection& connection, bool reset);

    Handler handler_;
    int listener_ = -1;
    int stop_event_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<bool> keep_{true};

    mutable std::mutex mutex_;
    mutable std::condition_variable arrived_;
    std::vector<CallbackRequest> requests_;
    std::size_t count_ = 0;
    std::size_t accepted_ = 0;

    std::vector<Connection> connections_; // of the thread alone
    std::thread thread_;
};

} // namespace hookgate::test
