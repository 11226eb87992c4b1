#pragma once

#include "core/base/log.hpp"
#include "core/config/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <stdexcept>
#include <string>

namespace hookgate::app {

// What of the gateway a process runs: ingest and delivery may scale apart.
enum class Role { All, Ingest, Delivery };

// The gateway cannot start; what() is for the operator and says what to do. configuration():
// something the operator has to change (exit 78), otherwise something outside failed (exit 1).
class StartupError : public std::runtime_error {
public:
    StartupError(const std::string& what, bool configuration)
        : std::runtime_error{what},
          configuration_{configuration} {}

    bool configuration() const noexcept { return configuration_; }

private:
    bool configuration_;
};

// The composition root: every part of a serving process, built in dependency order and destroyed in
// reverse. The only place, with its neighbours in core/app, that names concrete backends.
class Gateway {
public:
    // Opens the store, loads the plugins and resolves the integrations; throws StartupError with
    // every problem it found. `program` is what to execute to run this program once more, for what
    // needs a process of its own.
    Gateway(const config::Settings& settings, Role role, std::string program, base::Log& log);
    ~Gateway(); // as drain(), when that was not called
    Gateway(const Gateway&) = delete;
    Gateway& operator=(const Gateway&) = delete;

    // Listens and delivers from now on; throws StartupError when an address is taken.
    void start();
    std::uint16_t port() const noexcept;

    // Takes up PLUGINS_DIR as it is now, soon and on another thread; the log says what became of
    // it.
    void reloadPlugins() noexcept;

    // Stops taking requests and claiming work, finishes what is in flight within
    // SHUTDOWN_TIMEOUT_MS and gives the remaining leases back. Returns how many sends had to be cut
    // off.
    std::size_t drain();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// `hookgate migrate`: brings the database to this binary's schema. Returns the exit code.
int migrate(const config::Settings& settings, std::ostream& out);

// `hookgate seed`: examines INTEGRATIONS_FILE and upserts it. `program` as for Gateway. Returns the
// exit code; throws StartupError with every problem, and has then written nothing.
int seed(const config::Settings& settings, const std::string& program, std::ostream& out);

} // namespace hookgate::app
