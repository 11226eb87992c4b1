#include "tests/support/callback_server.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hookgate::test {
namespace {

constexpr std::string_view kHeaderEnd = "\r\n\r\n";

// The request at the front of `in`, taken from it; nullopt: it is not complete.
std::optional<CallbackRequest> takeRequest(std::string& in) {
    const auto end = in.find(kHeaderEnd);
    if (end == std::string::npos) return std::nullopt;
    CallbackRequest request;
    std::string_view head = std::string_view{in}.substr(0, end);
    const auto line_end = head.find("\r\n");
    const auto line = head.substr(0, line_end);
    request.method = line.substr(0, line.find(' '));
    const auto target = line.substr(request.method.size() + 1);
    request.target = target.substr(0, target.find(' '));
    head.remove_prefix(line_end == std::string_view::npos ? head.size() : line_end + 2);
    std::size_t length = 0;
    while (!head.empty()) {
        const auto field = head.substr(0, head.find("\r\n"));
        head.remove_prefix(std::min(head.size(), field.size() + 2));
        const auto colon = field.find(':');
        if (colon == std::string_view::npos) continue;
        const auto value = base::trim(field.substr(colon + 1));
        request.headers.emplace_back(base::toLower(field.substr(0, colon)), value);
        if (request.headers.back().first == "content-length")
            std::from_chars(value.data(), value.data() + value.size(), length);
    }
    const auto body = end + kHeaderEnd.size();
    if (in.size() < body + length) return std::nullopt;
    request.body = in.substr(body, length);
    in.erase(0, body + length);
    return request;
}

} // namespace

std::string CallbackRequest::header(std::string_view name) const {
    const auto found = std::find_if(headers.begin(), headers.end(),
                                    [&](const auto& header) { return header.first == name; });
    return found == headers.end() ? std::string{} : found->second;
}

CallbackReply CallbackReply::status(int code, std::string_view body,
                                    std::string_view header_lines) {
    CallbackReply reply;
    reply.bytes = "HTTP/1.1 " + std::to_string(code) + " Whatever\r\n";
    reply.bytes += header_lines;
    reply.bytes += "content-length: " + std::to_string(body.size()) + "\r\n\r\n";
    reply.bytes += body;
    return reply;
}

CallbackServer::CallbackServer(Handler handler) : handler_{std::move(handler)} {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    stop_event_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (listener_ < 0 || stop_event_ < 0 || ::bind(listener_, generic, size) != 0 ||
        ::listen(listener_, 1024) != 0 || ::getsockname(listener_, generic, &size) != 0)
        throw std::runtime_error{"callback server cannot listen"};
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] { run(); }};
}

CallbackServer::~CallbackServer() {
    ::eventfd_write(stop_event_, 1);
    thread_.join();
    for (const auto& connection : connections_)
        closeSocket(connection, false);
    ::close(listener_);
    ::close(stop_event_);
}

std::string CallbackServer::url(std::string_view path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string{path};
}

std::size_t CallbackServer::count() const {
    const std::lock_guard lock{mutex_};
    return count_;
}

std::size_t CallbackServer::connections() const {
    const std::lock_guard lock{mutex_};
    return accepted_;
}

std::vector<CallbackRequest> CallbackServer::requests() const {
    const std::lock_guard lock{mutex_};
    return requests_;
}

bool CallbackServer::waitForRequests(std::size_t count, std::chrono::milliseconds patience) const {
    std::unique_lock lock{mutex_};
    return arrived_.wait_for(lock, patience, [&] { return count_ >= count; });
}

void CallbackServer::run() {
    std::vector<pollfd> polled;
    for (;;) {
        polled.clear();
        polled.push_back({stop_event_, POLLIN, 0});
        polled.push_back({listener_, POLLIN, 0});
        for (const auto& connection : connections_) {
            const bool writes = connection.replying && connection.reply.drip.count() == 0;
            polled.push_back(
                {connection.socket, static_cast<short>(writes ? POLLIN | POLLOUT : POLLIN), 0});
        }
        ::poll(polled.data(), polled.size(), pollTimeout());
        if (polled[0].revents != 0) return;
        for (std::size_t i = connections_.size(); i-- > 0;)
            if (!serve(connections_[i], polled[i + 2].revents))
                connections_.erase(connections_.begin() + static_cast<std::ptrdiff_t>(i));
        if (polled[1].revents != 0) accept();
    }
}

int CallbackServer::pollTimeout() const {
    const bool dripping =
        std::any_of(connections_.begin(), connections_.end(), [](const Connection& connection) {
            return connection.replying && connection.reply.drip.count() > 0;
        });
    return dripping ? 2 : -1;
}

void CallbackServer::accept() {
    for (;;) {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (socket < 0) return;
        const int on = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        Connection connection;
        connection.socket = socket;
        const std::lock_guard lock{mutex_};
        connection.number = accepted_++;
        connections_.push_back(std::move(connection));
    }
}

bool CallbackServer::serve(Connection& connection, short events) {
    if ((events & (POLLIN | POLLHUP | POLLERR)) != 0 && !read(connection)) return false;
    while (!connection.replying && nextRequest(connection)) {
        if (!write(connection)) return false;
    }
    return !connection.replying || write(connection);
}

bool CallbackServer::read(Connection& connection) {
    char buffer[16384];
    for (;;) {
        const auto got = ::recv(connection.socket, buffer, sizeof buffer, 0);
        if (got > 0) {
            connection.in.append(buffer, static_cast<std::size_t>(got));
            continue;
        }
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
        closeSocket(connection, false);
        return false;
    }
}

bool CallbackServer::nextRequest(Connection& connection) {
    auto request = takeRequest(connection.in);
    if (!request) return false;
    request->connection = connection.number;
    request->on_connection = connection.requests++;
    connection.reply = handler_(*request);
    connection.out = connection.reply.bytes;
    connection.replying = true;
    connection.next_drop = Steady::now();
    {
        const std::lock_guard lock{mutex_};
        ++count_;
        if (keep_) requests_.push_back(std::move(*request));
    }
    arrived_.notify_all();
    return true;
}

bool CallbackServer::write(Connection& connection) {
    const bool drips = connection.reply.drip.count() > 0;
    while (!connection.out.empty()) {
        if (drips && Steady::now() < connection.next_drop) return true;
        const auto most = drips ? 1 : connection.out.size();
        const auto put = ::send(connection.socket, connection.out.data(), most, MSG_NOSIGNAL);
        if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
        if (put < 0) {
            closeSocket(connection, false);
            return false;
        }
        connection.out.erase(0, static_cast<std::size_t>(put));
        if (drips) connection.next_drop += connection.reply.drip;
        if (connection.out.empty() && connection.reply.endless) {
            connection.out = connection.reply.bytes;
            if (!drips) return true; // others get their turn
        }
    }
    connection.replying = false;
    if (connection.reply.then == CallbackReply::Then::KeepOpen) return true;
    closeSocket(connection, connection.reply.then == CallbackReply::Then::Reset);
    return false;
}

void CallbackServer::closeSocket(const Connection& connection, bool reset) {
    if (reset) {
        const linger now{1, 0};
        ::setsockopt(connection.socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    ::close(connection.socket);
}

} // namespace hookgate::test
