#include "core/http/server.hpp"

#include "core/base/thread.hpp"
#include "core/http/loop.hpp"

#include <algorithm>
#include <thread>

#include <fcntl.h>

namespace hookgate::http {

struct Server::Impl {
    Impl(ServerOptions given, const Router& router, Authorizer& authorizer, Observer& observer)
        : options{std::move(given)},
          parser_limits{.header_bytes_max = options.header_bytes_max,
                        .head = {.header_count_max = options.header_count_max,
                                 .body_bytes_max = options.body_bytes_max}},
          limits{options.connections_max, options.connections_per_peer_max,
                 options.buffered_bytes_max},
          context{options, parser_limits, router, authorizer, observer, limits} {}

    void start() {
        auto listener = listenOn(options.host, options.port);
        port = portOf(listener);
        std::vector<std::shared_ptr<Loop>> made;
        for (int i = 0; i < std::max(options.io_threads, 1); ++i) {
            Descriptor own{::fcntl(listener.get(), F_DUPFD_CLOEXEC, 0)};
            made.push_back(std::make_shared<Loop>(std::move(own), context));
        }
        loops = std::move(made);
        for (std::size_t i = 0; i < loops.size(); ++i)
            threads.push_back(
                base::startThread("http-" + std::to_string(i), [loop = loops[i]] { loop->run(); }));
    }

    void stop() noexcept {
        for (const auto& loop : loops)
            loop->stop();
        threads.clear(); // joins
        loops.clear();
    }

    const ServerOptions options;
    const RequestParser::Limits parser_limits;
    SharedLimits limits;
    const ConnectionContext context;
    std::uint16_t port = 0;
    std::vector<std::shared_ptr<Loop>> loops;
    std::vector<std::jthread> threads;
};

Server::Server(ServerOptions options, const Router& router, Authorizer& authorizer,
               Observer& observer)
    : impl_{std::make_unique<Impl>(std::move(options), router, authorizer, observer)} {}

Server::~Server() {
    stop();
}

void Server::start() {
    impl_->start();
}

std::uint16_t Server::port() const noexcept {
    return impl_->port;
}

std::size_t Server::connections() const noexcept {
    return impl_->limits.connections();
}

std::size_t Server::bufferedBytes() const noexcept {
    return impl_->limits.bufferedBytes();
}

void Server::drain() noexcept {
    for (const auto& loop : impl_->loops)
        loop->drain();
}

bool Server::waitDrained(std::chrono::milliseconds patience) {
    return impl_->limits.waitEmpty(patience);
}

void Server::stop() noexcept {
    impl_->stop();
}

} // namespace hookgate::http
