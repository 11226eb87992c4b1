#pragma once

#include "core/domain/integration.hpp"
#include "core/plugin/provider.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace hookgate::plugin {

// An integration with its references resolved and its plugin instance at hand.
struct ActiveIntegration {
    domain::Integration record;
    std::string callback_url;
    std::shared_ptr<const Provider> provider; // null: the plugin is not loaded
    std::string unavailable_because; // when provider is null or a reference did not resolve
};

// Which integrations there are, as an immutable snapshot that is replaced as a whole: a request
// works with the one it began with. Safe to call from any thread.
class Directory {
public:
    struct Snapshot {
        std::map<std::string, std::shared_ptr<const ActiveIntegration>, std::less<>>
            active_by_provider;
        std::unordered_map<base::Uuid, std::shared_ptr<const ActiveIntegration>>
            by_id; // inactive ones too
    };

    std::shared_ptr<const Snapshot> snapshot() const {
        const std::lock_guard lock{mutex_};
        return snapshot_;
    }

    void publish(std::shared_ptr<const Snapshot> next) {
        const std::lock_guard lock{mutex_};
        snapshot_ = std::move(next);
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const Snapshot> snapshot_ = std::make_shared<Snapshot>();
};

} // namespace hookgate::plugin
