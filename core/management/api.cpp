#include "core/management/api.hpp"

#include "core/management/audit_entries.hpp"
#include "core/management/deliveries.hpp"
#include "core/management/delivery_sink.hpp"
#include "core/management/endpoint.hpp"
#include "core/management/events.hpp"
#include "core/management/integrations.hpp"
#include "core/management/openapi.hpp"
#include "core/management/replay.hpp"
#include "core/management/workers.hpp"

#include <chrono>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace hookgate::management {
namespace {

constexpr std::string_view kBase = "/api/v1";
// A reload tries every new file, and one that hangs takes its time.
constexpr std::chrono::seconds kReloadTimeout{120};

http::Reply textReply(std::string body, std::string content_type) {
    http::Reply reply;
    reply.body = std::move(body);
    reply.content_type = std::move(content_type);
    return reply;
}

} // namespace

struct Api::Impl {
    Impl(Options given, Collaborators collaborators, Hooks hooks);

    // Keyed, and answered by a worker.
    void addKeyed(http::Router& router, std::string_view method, std::string_view path,
                  Action action,
                  std::chrono::milliseconds reply_timeout = http::Route{}.reply_timeout);
    void addPluginRoutes(http::Router& router);
    // Public, and answered on the I/O thread.
    void addPublic(http::Router& router, std::string_view method, std::string_view path,
                   Action action);
    void add(http::Router& router, http::Route route, std::unique_ptr<http::Handler> handler);

    const Options options;
    const Hooks hooks;
    const base::Clock& clock;
    const Integrations integrations;
    const Events events;
    const Deliveries deliveries;
    const AuditEntries audit_entries;
    const Replay replay;
    const std::optional<Plugins> plugins;
    const std::optional<PluginQuarantine> quarantine;
    std::vector<std::unique_ptr<http::Handler>> handlers;
    Workers workers; // last: its threads use all of the above
};

Api::Impl::Impl(Options given, Collaborators collaborators, Hooks given_hooks)
    : options{std::move(given)},
      hooks{std::move(given_hooks)},
      clock{collaborators.clock},
      integrations{collaborators.store, collaborators.directory},
      events{collaborators.queries},
      deliveries{collaborators.queries},
      audit_entries{collaborators.queries},
      replay{collaborators.store, collaborators.log, options.key_name, hooks.replay_requested},
      plugins{
          collaborators.plugins == nullptr
              ? std::nullopt
              : std::optional<Plugins>{std::in_place, *collaborators.plugins, options.key_name}},
      quarantine{collaborators.quarantine == nullptr
                     ? std::nullopt
                     : std::optional<PluginQuarantine>{std::in_place, *collaborators.quarantine,
                                                       options.key_name}},
      workers{options.workers, options.queue_capacity, collaborators.clock, collaborators.log} {}

void Api::Impl::add(http::Router& router, http::Route route,
                    std::unique_ptr<http::Handler> handler) {
    route.handler = handler.get();
    handlers.push_back(std::move(handler));
    router.add(std::move(route));
}

void Api::Impl::addKeyed(http::Router& router, std::string_view method, std::string_view path,
                         Action action, std::chrono::milliseconds reply_timeout) {
    add(router,
        {.method = std::string{method},
         .pattern = std::string{kBase}.append(path),
         .access = http::Access::Key,
         .reply_timeout = reply_timeout},
        std::make_unique<WorkerEndpoint>(workers, std::move(action)));
}

void Api::Impl::addPublic(http::Router& router, std::string_view method, std::string_view path,
                          Action action) {
    add(router,
        {.method = std::string{method},
         .pattern = std::string{kBase}.append(path),
         .access = http::Access::Public},
        std::make_unique<DirectEndpoint>(std::move(action)));
}

void Api::Impl::addPluginRoutes(http::Router& router) {
    if (quarantine) {
        addKeyed(router, "POST", "/plugins/quarantine",
                 [this](const http::Request& request) { return quarantine->quarantine(request); });
        addKeyed(router, "POST", "/plugins/release",
                 [this](const http::Request& request) { return quarantine->release(request); });
    }
    if (!plugins) return;
    addKeyed(router, "GET", "/plugins",
             [this](const http::Request& request) { return plugins->show(request); });
    addKeyed(
        router, "POST", "/plugins/reload",
        [this](const http::Request& request) { return plugins->reload(request); }, kReloadTimeout);
    addKeyed(
        router, "POST", "/plugins/rollback",
        [this](const http::Request& request) { return plugins->rollback(request); },
        kReloadTimeout);
}

Api::Api(Options options, Collaborators collaborators, Hooks hooks)
    : impl_{std::make_unique<Impl>(std::move(options), collaborators, std::move(hooks))} {}

Api::~Api() = default;

void Api::stop() noexcept {
    impl_->workers.stop();
}

void Api::addPublicRoutes(http::Router& router) {
    auto& impl = *impl_;
    impl.addPublic(router, "GET", "/health", [&impl](const http::Request&) {
        return healthReply(impl.hooks.health ? impl.hooks.health() : HealthReport{},
                           impl.clock.unixMs());
    });
    impl.addPublic(router, "GET", "/openapi.yaml", [](const http::Request&) {
        return textReply(std::string{openApiDocument()}, "application/yaml");
    });
    if (impl.options.with_delivery_sink)
        impl.addPublic(router, "POST", "/internal/delivery-sink/:provider", deliverySinkReply);
}

void Api::addKeyedRoutes(http::Router& router) {
    auto& impl = *impl_;
    const auto keyed = [&](std::string_view method, std::string_view path, Action action) {
        impl.addKeyed(router, method, path, std::move(action));
    };
    keyed("GET", "/metrics", [&impl](const http::Request&) {
        return textReply(impl.hooks.metrics ? impl.hooks.metrics() : std::string{},
                         "text/plain; version=0.0.4; charset=utf-8");
    });
    keyed("GET", "/integrations",
          [&impl](const http::Request& request) { return impl.integrations.list(request); });
    keyed("GET", "/events",
          [&impl](const http::Request& request) { return impl.events.list(request); });
    keyed("GET", "/events/:id",
          [&impl](const http::Request& request) { return impl.events.show(request); });
    for (const auto* path : {"/events/:id/status", "/processing-status/:id"})
        keyed("GET", path,
              [&impl](const http::Request& request) { return impl.events.status(request); });
    keyed("POST", "/events/:id/replay",
          [&impl](const http::Request& request) { return impl.replay.request(request); });
    keyed("GET", "/deliveries",
          [&impl](const http::Request& request) { return impl.deliveries.list(request); });
    keyed("GET", "/audit-entries",
          [&impl](const http::Request& request) { return impl.audit_entries.list(request); });
    impl.addPluginRoutes(router);
}

} // namespace hookgate::management
