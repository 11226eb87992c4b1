#include "core/app/gateway.hpp"
#include "core/base/clock.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/exit_codes.hpp"
#include "core/cli/settings_loading.hpp"
#include "core/cli/signals.hpp"
#include "core/cli/usage.hpp"
#include "core/observability/async_log.hpp"

#include <array>
#include <csignal>
#include <cstring>
#include <optional>

namespace hookgate::cli {
namespace {

using observability::AsyncLog;
using observability::LogFormat;

std::optional<app::Role> roleOf(std::string_view name) noexcept {
    if (name.empty() || name == "all") return app::Role::All;
    if (name == "ingest") return app::Role::Ingest;
    if (name == "delivery") return app::Role::Delivery;
    return std::nullopt;
}

AsyncLog::Options logOptions(const config::Settings& settings) noexcept {
    return {.format = settings.log_json ? LogFormat::Json : LogFormat::Text,
            .level = settings.log_level};
}

void serveUntilStopped(const config::Settings& settings, app::Role role, const std::string& program,
                       const ServeSignals& signals) {
    const base::SystemClock clock;
    AsyncLog log{logOptions(settings), clock};
    app::Gateway gateway{settings, role, program, log};
    gateway.start();
    int signal = signals.wait();
    for (; signal == SIGHUP; signal = signals.wait())
        gateway.reloadPlugins();
    const ImpatienceGuard guard;
    log.information("draining", {{"signal", ::sigabbrev_np(signal)}});
    const auto cut_off = gateway.drain();
    log.information("stopped", {{"sends_cut_off", cut_off}});
}

int runServe(const Arguments& arguments, const Terminal& terminal) {
    const ServeSignals signals;
    const auto role = roleOf(arguments.option("--role"));
    if (!role) return refuseUsage(kServe, "--role is ingest, delivery or all", terminal);
    const auto loaded = loadSettings(arguments, terminal);
    if (!loaded) return kConfiguration;
    serveUntilStopped(loaded->settings, *role, terminal.program, signals);
    return kSuccess;
}

constexpr std::array<std::string_view, 2> kOptions{"--config", "--role"};

} // namespace

const Command kServe{
    "serve",
    "serve [--role ingest|delivery|all] [--config FILE]",
    "takes webhooks and delivers them",
    "--role ingest only takes and stores, --role delivery only delivers; all (the default) does "
    "both.\n"
    "SIGTERM or SIGINT: nothing new is taken, what is in flight ends within SHUTDOWN_TIMEOUT_MS, "
    "exit\n"
    "code 0. A second one ends the process at once; nothing that was acknowledged is lost.\n"
    "SIGHUP: the plugins of PLUGINS_DIR are taken up as they are now, as hookgate plugins reload "
    "does.",
    {kOptions, 0},
    runServe};

} // namespace hookgate::cli
