#include "tests/support/postgresql_server.hpp"

#include <array>
#include <stdexcept>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hookgate::testing_support {

PostgresqlServer::PostgresqlServer() {
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0)
        throw std::runtime_error{"no pipe for a test server"};
    pid_ = ::fork();
    if (pid_ == 0) {
        ::dup2(in[0], STDIN_FILENO);
        ::dup2(out[1], STDOUT_FILENO);
        ::execl(HOOKGATE_TEST_SERVERS_SCRIPT, HOOKGATE_TEST_SERVERS_SCRIPT, "control", nullptr);
        ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    commands_ = ::fdopen(in[1], "w");
    answers_ = ::fdopen(out[0], "r");
    url_ = readLine();
    if (url_.empty()) throw std::runtime_error{"no PostgreSQL server for the test"};
}

PostgresqlServer::~PostgresqlServer() {
    std::fclose(commands_); // it stops the server and ends
    ::waitpid(pid_, nullptr, 0);
    std::fclose(answers_);
}

void PostgresqlServer::command(const char* name) {
    std::fprintf(commands_, "%s\n", name);
    std::fflush(commands_);
    if (readLine() != "done")
        throw std::runtime_error{std::string{"the test server could not "} + name};
}

std::string PostgresqlServer::readLine() {
    std::array<char, 512> line{};
    if (std::fgets(line.data(), line.size(), answers_) == nullptr) return {};
    std::string text{line.data()};
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    return text;
}

} // namespace hookgate::testing_support
