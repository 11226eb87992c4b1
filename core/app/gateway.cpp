#include "core/app/gateway.hpp"

#include "core/app/backends.hpp"
#include "core/app/delivery_hand_over.hpp"
#include "core/app/edge.hpp"
#include "core/app/housekeeping.hpp"
#include "core/app/integration_loader.hpp"
#include "core/app/lines.hpp"
#include "core/app/plugin_guard.hpp"
#include "core/app/plugin_isolation.hpp"
#include "core/app/plugin_loading.hpp"
#include "core/app/plugin_reload.hpp"
#include "core/app/rejection_audit.hpp"
#include "core/app/status_report.hpp"
#include "core/app/work_bell.hpp"
#include "core/base/ip_network.hpp"
#include "core/delivery/delivery.hpp"
#include "core/management/api.hpp"
#include "core/management/authorizer.hpp"
#include "core/pipeline/ingress.hpp"
#include "core/plugin/measured_provider.hpp"
#include "core/plugin/provider_in_process.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <optional>
#include <thread>
#include <utility>

#include <sys/resource.h>
#include <unistd.h>

namespace hookgate::app {
namespace {

using std::chrono::milliseconds;

constexpr int kExitStuck = 70; // EX_SOFTWARE
constexpr milliseconds kTimeForLog{200};

delivery::DeliveryOptions deliveryOptions(const config::Settings& settings) {
    delivery::DeliveryOptions options;
    options.delivery_timeout = settings.delivery_timeout;
    options.concurrency_per_integration = settings.delivery_concurrency;
    options.max_sends = settings.max_processing_retries;
    options.retry_base_delay = settings.retry_base_delay;
    options.retry_max_delay = settings.retry_max_delay;
    options.allowed_networks = settings.callback_allowed_networks;
    return options;
}

base::IpNetworks networksOf(const std::vector<std::string>& texts) {
    base::IpNetworks networks;
    for (const auto& text : texts)
        if (const auto network = base::IpNetwork::parse(text)) networks.push_back(*network);
    return networks;
}

std::unique_ptr<pipeline::HandOver> handOverTo(delivery::Delivery* delivery) {
    if (delivery == nullptr) return std::make_unique<NoHandOver>();
    return std::make_unique<DeliveryHandOver>(*delivery);
}

std::string_view nameOf(Role role) noexcept {
    switch (role) {
        case Role::Ingest:
            return "ingest";
        case Role::Delivery:
            return "delivery";
        case Role::All:
            break;
    }
    return "all";
}

int cores() {
    return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 4);
}

// A provider gets at most half of them (plugin/guard), which are enough for all cores.
int ingressThreads() {
    return 2 * cores();
}

// Every connection and every delivery is a descriptor.
void raiseDescriptorLimit() noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

} // namespace

// In dependency order: what stands below may use what stands above, and goes first.
struct Gateway::Impl {
    Impl(config::Settings given, Role given_role, std::string given_program, base::Log& sink);

    ~Impl() { bell.answerWith({}); }

    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    plugin::Registry::Options registryOptions();
    plugin::InstanceFactory instances();
    observability::Gauges gauges();
    void addRoutes();
    void start();
    std::size_t drain();
    void flushStore();
    void endSoon() noexcept;
    [[noreturn]] void endWithStuckThreads(std::chrono::milliseconds left);
    http::ServerOptions serverOptions(const std::string& host, std::uint16_t port) const;

    const config::Settings settings;
    const Role role;
    const std::string program;
    base::Log& log;
    base::SystemClock clock;
    base::UuidGenerator ids{clock};
    observability::Metrics metrics;
    WorkBell bell;
    Backends backends;
    plugin::CallFigures call_figures;
    std::atomic<bool> exhausted{false};
    PluginGuard guard;
    PluginIsolation isolation;
    std::unique_ptr<plugin::Registry> registry;
    plugin::Directory directory;
    IntegrationLoader loader;
    PluginReload plugins;
    RejectionAudit rejections;
    StatusReport status;
    const pipeline::ClientAddress client_address;
    std::unique_ptr<delivery::Delivery> delivery; // null: somebody else delivers
    std::unique_ptr<pipeline::HandOver> hand_over;
    pipeline::Intake intake;
    std::optional<pipeline::Ingress> ingress; // none: somebody else ingests
    management::Api api;
    management::ApiKeyAuthorizer authorizer;
    EdgeObserver observer;
    std::optional<Housekeeping> housekeeping;
    Edge edge;
    bool drained = false;
};

Gateway::Impl::Impl(config::Settings given, Role given_role, std::string given_program,
                    base::Log& sink)
    : settings{std::move(given)},
      role{given_role},
      program{std::move(given_program)},
      log{sink},
      backends{openBackends(
          settings,
          {.lease = deliveryOptions(settings).lease(), .work_may_be_due = [this] { bell.ring(); }},
          ids, clock, log)},
      guard{settings,
            static_cast<std::size_t>(ingressThreads()),
            {*backends.store, metrics, log, clock, [this] { endSoon(); }}},
      isolation{settings, static_cast<std::size_t>(ingressThreads())},
      registry{loadPlugins(registryOptions(), instances(), *backends.store, log)},
      loader{settings, *backends.store, *registry, directory, log},
      plugins{{*registry, call_figures, loader, *backends.store, metrics, log, clock,
               [this] { return guard.quarantined(); }}},
      rejections{*backends.store, metrics, log, clock},
      status{*backends.store, *backends.coordinator, directory, guard, log, clock},
      client_address{networksOf(settings.trusted_proxies)},
      delivery{role == Role::Ingest ? nullptr
                                    : std::make_unique<delivery::Delivery>(
                                          deliveryOptions(settings), *backends.store, directory,
                                          metrics, log, clock)},
      hand_over{handOverTo(delivery.get())},
      intake{client_address,
             pipeline::Admission{directory, *backends.coordinator,
                                 settings.webhook_rate_limit_per_minute},
             *backends.store,
             {*hand_over, metrics, log, ids,
              pipeline::Markers{*backends.coordinator, settings.idempotency_ttl}},
             [this](const auto& received, const auto& refusal) {
                 return rejections.refused(received, refusal);
             }},
      api{{.with_delivery_sink = settings.app_env != config::Environment::Production},
          {*backends.store, *backends.queries, directory, log, clock, &plugins, &guard},
          {.health = [this] { return status.health(); },
           .metrics = [this] { return metrics.exposition(gauges()); },
           .replay_requested = [this] { hand_over->wake(); }}},
      authorizer{
          settings.management_api_key,
          [this](const auto& request, auto reason) { rejections.unauthorized(request, reason); }},
      observer{metrics},
      edge{authorizer, observer} {
    isolation.requireKnown(*registry);
    const auto problems = loader.load();
    if (!problems.empty()) throw StartupError{joined(problems), true};
    addRoutes();
    bell.answerWith([this] { hand_over->wake(); });
}

// How every instance of a plugin is made, from the inside out.
plugin::InstanceFactory Gateway::Impl::instances() {
    return guard.guard().guarded(plugin::measuredInstances(
        isolation.instances(plugin::inProcessInstances(log, clock), log, clock), call_figures,
        [this](auto provider, auto step, auto took) { metrics.pluginCall(provider, step, took); }));
}

observability::Gauges Gateway::Impl::gauges() {
    auto gauges = status.gauges(edge);
    gauges.plugin_generation = registry->current()->number();
    gauges.plugin_libraries = registry->librariesMapped();
    return gauges;
}

plugin::Registry::Options Gateway::Impl::registryOptions() {
    auto options = app::registryOptions(settings, program);
    options.isolated = isolation.loading();
    return options;
}

void Gateway::Impl::addRoutes() {
    if (!settings.management_host.empty()) edge.separateManagement();
    if (role != Role::Delivery) {
        ingress.emplace(pipeline::Ingress::Options{.workers = ingressThreads()}, intake, log);
        edge.publicRoutes().add({.method = "*",
                                 .pattern = "/api/v1/webhooks/:provider",
                                 .access = http::Access::Public,
                                 .handler = &*ingress,
                                 .reply_timeout = settings.ingest_timeout});
    }
    api.addPublicRoutes(edge.publicRoutes());
    api.addKeyedRoutes(edge.keyedRoutes());
}

http::ServerOptions Gateway::Impl::serverOptions(const std::string& host,
                                                 std::uint16_t port) const {
    http::ServerOptions options;
    options.host = host;
    options.port = port;
    options.io_threads = cores();
    options.body_bytes_max = settings.max_body_bytes;
    options.buffered_bytes_max = settings.max_buffered_bytes;
    options.connections_max = settings.max_connections;
    options.connections_per_peer_max = settings.max_connections_per_peer;
    options.is_trusted_proxy = [this](std::string_view address) {
        return client_address.isTrustedProxy(address);
    };
    return options;
}

void Gateway::Impl::start() {
    raiseDescriptorLimit();
    if (delivery) delivery->start();
    housekeeping.emplace(
        Housekeeping::Options{.retention = std::chrono::days{settings.retention_days},
                              .lock_ttl = settings.processing_lock_ttl},
        [this] {
            loader.refresh();
            status.refreshQueue();
        },
        *backends.store, *backends.coordinator, log, clock);
    try {
        edge.start(serverOptions(settings.app_host, settings.app_port),
                   serverOptions(settings.management_host, settings.management_port));
    } catch (const std::runtime_error& e) {
        throw StartupError{e.what(), false};
    }
    log.information("listening", {{"host", settings.app_host},
                                  {"port", edge.port()},
                                  {"management_port", edge.managementPort()},
                                  {"role", nameOf(role)}});
}

std::size_t Gateway::Impl::drain() {
    if (std::exchange(drained, true)) return 0;
    const auto deadline = std::chrono::steady_clock::now() + settings.shutdown_timeout;
    const auto left = [deadline] {
        const auto rest =
            std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
        return std::max(rest, milliseconds{0});
    };
    status.startDraining();
    edge.drain();
    // What was accepted is answered before anything behind it stops.
    if (!edge.waitDrained(std::min(left(), settings.ingest_timeout + milliseconds{500})))
        log.warning("connections were left open at the end", {{"connections", edge.connections()}});
    if (guard.stuckThreads() > 0) endWithStuckThreads(left());
    if (ingress) ingress->stop();
    if (housekeeping) housekeeping->stop();
    plugins.stop();
    const auto cut_off = delivery ? delivery->drain(left()) : 0;
    api.stop();
    flushStore();
    edge.stop();
    return cut_off;
}

// A supervisor starts the gateway again.
void Gateway::Impl::endSoon() noexcept {
    if (!exhausted.exchange(true)) ::kill(::getpid(), SIGTERM);
}

// Threads that are stuck in plugins can be neither ended nor waited for.
void Gateway::Impl::endWithStuckThreads(milliseconds left) {
    const bool formats = guard.guard().stuck(plugin::guard::Lane::Format) == 0;
    if (delivery && formats) delivery->drain(left);
    flushStore();
    log.error("ended with threads stuck in plugins", {{"threads", guard.stuckThreads()}});
    std::this_thread::sleep_for(kTimeForLog);
    ::_exit(kExitStuck);
}

// No webhook may wait in the store when what it refers to goes.
void Gateway::Impl::flushStore() {
    try {
        backends.store->flush();
    } catch (const store::StoreError& e) {
        log.error("the store could not be flushed", {{"error", e.what()}});
    }
}

Gateway::Gateway(const config::Settings& settings, Role role, std::string program, base::Log& log)
    : impl_{std::make_unique<Impl>(settings, role, std::move(program), log)} {}

Gateway::~Gateway() {
    impl_->drain();
}

void Gateway::start() {
    impl_->start();
}

std::uint16_t Gateway::port() const noexcept {
    return impl_->edge.port();
}

void Gateway::reloadPlugins() noexcept {
    impl_->plugins.request();
}

std::size_t Gateway::drain() {
    return impl_->drain();
}

} // namespace hookgate::app
