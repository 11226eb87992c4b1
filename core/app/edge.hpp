#pragma once

#include "core/http/server.hpp"
#include "core/observability/metrics.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>

namespace hookgate::app {

// Tells metrics what the HTTP edge saw.
class EdgeObserver final : public http::Observer {
public:
    explicit EdgeObserver(observability::Metrics& metrics) : metrics_{metrics} {}

    void rejected(std::string_view reason, std::string_view) noexcept override {
        metrics_.rejection(reason);
    }

    void answered(int status) noexcept override { metrics_.answered(status); }

private:
    observability::Metrics& metrics_;
};

// The listeners: one for everything, or one for what is public and one for what needs the key.
class Edge {
public:
    Edge(http::Authorizer& authorizer, http::Observer& observer)
        : authorizer_{authorizer},
          observer_{observer} {}

    // Routes are added before start().
    http::Router& publicRoutes() noexcept { return public_; }

    http::Router& keyedRoutes() noexcept { return separate_ ? keyed_ : public_; }

    // Keyed routes get a listener of their own. Before the first route is added.
    void separateManagement() noexcept { separate_ = true; }

    // Throws std::runtime_error when an address is taken.
    void start(const http::ServerOptions& options, const http::ServerOptions& management_options) {
        servers_[0].emplace(options, public_, authorizer_, observer_);
        servers_[0]->start();
        if (!separate_) return;
        servers_[1].emplace(management_options, keyed_, authorizer_, observer_);
        servers_[1]->start();
    }

    std::uint16_t port() const noexcept { return servers_[0] ? servers_[0]->port() : 0; }

    std::uint16_t managementPort() const noexcept {
        return servers_[1] ? servers_[1]->port() : port();
    }

    std::size_t connections() const noexcept {
        std::size_t count = 0;
        for (const auto& server : servers_)
            if (server) count += server->connections();
        return count;
    }

    void drain() noexcept {
        for (auto& server : servers_)
            if (server) server->drain();
    }

    // False when connections were left when `patience` ran out.
    bool waitDrained(std::chrono::milliseconds patience) {
        const auto deadline = std::chrono::steady_clock::now() + patience;
        bool drained = true;
        for (auto& server : servers_) {
            if (!server) continue;
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                deadline - std::chrono::steady_clock::now());
            drained = server->waitDrained(std::max(left, std::chrono::milliseconds{0})) && drained;
        }
        return drained;
    }

    void stop() noexcept {
        for (auto& server : servers_)
            if (server) server->stop();
    }

private:
    http::Authorizer& authorizer_;
    http::Observer& observer_;
    http::Router public_;
    http::Router keyed_;
    bool separate_ = false;
    std::array<std::optional<http::Server>, 2> servers_;
};

} // namespace hookgate::app
