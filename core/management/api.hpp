#pragma once

#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/http/router.hpp"
#include "core/management/health.hpp"
#include "core/management/plugin_quarantine.hpp"
#include "core/management/plugins.hpp"
#include "core/plugin/directory.hpp"
#include "core/store/event_queries.hpp"
#include "core/store/event_store.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace hookgate::management {

// The REST API beside the webhooks: owns the handlers of all its routes and the workers they run
// on. The routers and everything it was given by reference outlive it, except that no request may
// reach a handler once it is gone.
class Api {
public:
    struct Options {
        int workers = 2;                     // threads that may wait for the database
        std::size_t queue_capacity = 64;     // requests that wait for a worker; beyond: 503
        bool with_delivery_sink = false;     // the built-in callback, never in production
        std::string key_name = "management"; // what the audit trail calls the key that was used
    };

    // What the composition root tells the API and hears from it. Each may be left empty.
    struct Hooks {
        // On an I/O thread: must not block.
        std::function<HealthReport()> health{};
        // The Prometheus text, on a worker.
        std::function<std::string()> metrics{};
        // A replay made an event due, on a worker: deliver it now instead of at the next look.
        std::function<void()> replay_requested{};
    };

    struct Collaborators {
        store::EventStore& store;
        store::EventQueries& queries;
        const plugin::Directory& directory;
        base::Log& log;
        const base::Clock& clock;
        PluginOperations* plugins = nullptr;        // null: there are no routes for them
        QuarantineOperations* quarantine = nullptr; // the same
    };

    Api(Options options, Collaborators collaborators, Hooks hooks);
    ~Api(); // as stop()
    Api(const Api&) = delete;
    Api& operator=(const Api&) = delete;

    // Health, the OpenAPI document and, where wanted, the delivery sink.
    void addPublicRoutes(http::Router& router);
    // Everything else: may go to a listener of its own (MANAGEMENT_ADDRESS).
    void addKeyedRoutes(http::Router& router);

    // Works off what is queued, then ends the workers. Later requests are answered 503.
    void stop() noexcept;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace hookgate::management
