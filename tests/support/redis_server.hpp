#pragma once

#include "tests/support/temporary_directory.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace hookgate::testing_support {

// A redis-server of the test's own on a free port of 127.0.0.1, in memory only and gone with it.
class RedisServer {
public:
    // Further arguments, such as {"--requirepass", "secret"}. Throws when it does not come up.
    explicit RedisServer(std::vector<std::string> arguments = {});
    ~RedisServer();
    RedisServer(const RedisServer&) = delete;
    RedisServer& operator=(const RedisServer&) = delete;

    std::uint16_t port() const noexcept { return port_; }

    void kill();    // SIGKILL
    void restart(); // on the same port, empty
    void freeze();  // SIGSTOP
    void thaw();

    // What redis-cli prints for a command.
    std::string command(const std::string& words) const;

private:
    bool start();
    bool isAnswering() const;

    const std::vector<std::string> arguments_;
    const TemporaryDirectory directory_;
    std::uint16_t port_ = 0;
    pid_t process_ = -1;
};

} // namespace hookgate::testing_support
