#include "tests/support/redis_server.hpp"

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hookgate::testing_support {
namespace {

constexpr int kAttempts = 5;
constexpr std::chrono::seconds kPatience{20};

sockaddr_in loopback(std::uint16_t port) noexcept {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

const sockaddr* generic(const sockaddr_in& address) noexcept {
    return static_cast<const sockaddr*>(static_cast<const void*>(&address));
}

// Somebody else may take it before the server does; then another one is tried.
std::uint16_t freePort() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = loopback(0);
    socklen_t size = sizeof address;
    const bool good =
        ::bind(socket, generic(address), sizeof address) == 0 &&
        ::getsockname(socket, static_cast<sockaddr*>(static_cast<void*>(&address)), &size) == 0;
    ::close(socket);
    if (!good) throw std::runtime_error{"no free port"};
    return ntohs(address.sin_port);
}

} // namespace

RedisServer::RedisServer(std::vector<std::string> arguments) : arguments_{std::move(arguments)} {
    for (int i = 0; i < kAttempts; ++i) {
        port_ = freePort();
        if (start()) return;
    }
    throw std::runtime_error{"redis-server does not start"};
}

RedisServer::~RedisServer() {
    kill();
}

bool RedisServer::start() {
    std::vector<std::string> words{"redis-server",
                                   "--port",
                                   std::to_string(port_),
                                   "--bind",
                                   "127.0.0.1",
                                   "--save",
                                   "",
                                   "--appendonly",
                                   "no",
                                   "--dir",
                                   directory_.path().string()};
    words.insert(words.end(), arguments_.begin(), arguments_.end());
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (auto& word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);

    process_ = ::fork();
    if (process_ < 0) throw std::runtime_error{"fork failed"};
    if (process_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const int nowhere = ::open("/dev/null", O_RDWR); // NOLINT: three arguments only to create
        ::dup2(nowhere, STDOUT_FILENO);
        ::dup2(nowhere, STDERR_FILENO);
        ::execvp(argv[0], argv.data());
        ::_exit(127);
    }
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < deadline) {
        if (::waitpid(process_, nullptr, WNOHANG) == process_) break;
        if (isAnswering()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    return false;
}

// Any answer will do, a refusal for want of a password too.
bool RedisServer::isAnswering() const {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(port_);
    std::array<char, 1> first{};
    const bool answers = ::connect(socket, generic(address), sizeof address) == 0 &&
                         ::send(socket, "PING\r\n", 6, MSG_NOSIGNAL) == 6 &&
                         ::recv(socket, first.data(), first.size(), 0) == 1;
    ::close(socket);
    return answers;
}

void RedisServer::kill() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
}

void RedisServer::restart() {
    kill();
    if (!start()) throw std::runtime_error{"redis-server does not start again"};
}

void RedisServer::freeze() {
    ::kill(process_, SIGSTOP);
    int status = 0;
    ::waitpid(process_, &status, WUNTRACED);
}

void RedisServer::thaw() {
    ::kill(process_, SIGCONT);
}

std::string RedisServer::command(const std::string& words) const {
    const auto line = "redis-cli -p " + std::to_string(port_) + ' ' + words + " 2>&1";
    // NOLINTNEXTLINE(cert-env33-c): a test's own command
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe{::popen(line.c_str(), "r"), &::pclose};
    if (!pipe) throw std::runtime_error{"redis-cli does not start"};
    std::string output;
    std::array<char, 4096> buffer{};
    for (std::size_t read = 0;
         (read = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;)
        output.append(buffer.data(), read);
    return output;
}

} // namespace hookgate::testing_support
