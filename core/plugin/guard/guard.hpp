#pragma once

#include "core/base/log.hpp"
#include "core/plugin/guard/ward.hpp"
#include "core/plugin/registry.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hookgate::plugin::guard {

// What a guard tells. All may be empty, may be called on any thread, and must not throw.
struct Observers {
    std::function<void(std::string_view provider, Step step)> over_budget{};
    // why: busy, quarantined
    std::function<void(std::string_view provider, std::string_view why)> refused{};
    std::function<void(const Ward& ward, const std::string& reason, const std::string& actor)>
        quarantined{};
    std::function<void(const Ward& ward, const std::string& actor)> released{};
    // So many threads of a lane will not come back that it cannot go on.
    std::function<void(Lane lane)> exhausted{};
};

// A provider that is quarantined.
struct Quarantined {
    std::string provider{};
    std::string sha256{};
    std::string reason{};
};

// Keeps plugins from taking the gateway down: every call has a budget, a provider gets at most its
// share of the threads, and one whose call is stuck is quarantined, as is one that operators or its
// past say so of. What is quarantined is the code, by its hash: another version is not. Threads are
// never killed: those that are stuck are counted. Safe to use from any thread; outlives the
// instances it guards.
class Guard {
public:
    struct Options {
        Limits limits{};
        // Stuck threads of a lane with which it cannot go on.
        std::size_t ingress_stuck_max = 1;
        std::size_t format_stuck_max = 1;
        // Why code starts quarantined, by its hash; empty: it does not.
        std::function<std::string(const std::string& sha256)> history{};
    };

    Guard(Options options, Observers observers, base::Log& log, const base::Clock& clock);

    // Instances made by `inner`, guarded.
    InstanceFactory guarded(InstanceFactory inner);

    // NotInUse: no integration uses the provider. AlreadySo: it is quarantined, or is not.
    enum class Change { Done, NotInUse, AlreadySo };

    Change quarantine(std::string_view provider, const std::string& reason,
                      const std::string& actor);
    Change release(std::string_view provider, const std::string& actor);

    std::vector<Quarantined> quarantined() const;

    // Looks for stuck calls; to be called every few hundred milliseconds.
    void watch();

    // Threads of a lane that are stuck now.
    std::size_t stuck(Lane lane) const noexcept { return stuck_[static_cast<std::size_t>(lane)]; }

private:
    friend class GuardedProvider;

    std::shared_ptr<Ward> wardOf(const ProviderType& type);
    std::vector<std::shared_ptr<Ward>> wards() const;
    void found(Ward& ward, const Ward::Stuck& stuck);
    void left(const Ward& ward, const Ward::Call& call, const Ward::Left& left) noexcept;

    const Options options_;
    const Observers observers_;
    base::Log& log_;
    const base::Clock& clock_;

    mutable std::mutex mutex_;
    std::map<std::pair<std::string, std::string>, std::shared_ptr<Ward>> wards_; // provider, hash
    std::array<std::atomic<std::size_t>, kLanes> stuck_{};
    std::atomic<base::BootMs> last_line_{0}; // about a call over its budget
    std::atomic<std::uint64_t> untold_{0};
};

} // namespace hookgate::plugin::guard
