#pragma once

#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/plugin/descriptor.hpp"
#include "core/plugin/instance_settings.hpp"
#include "core/plugin/isolation/starter.hpp"
#include "core/plugin/provider.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace hookgate::plugin::isolation {

class HostPool;

// How the instances of isolated plugins are run.
struct IsolationOptions {
    std::string program{};         // hookgate-plugin-host
    std::size_t processes_max = 2; // of one instance: how many calls run at once
    std::size_t memory_bytes_max = std::size_t{256} * 1024 * 1024; // of each
    // What a call may use: so much CPU time, and ten times that much time in all.
    std::chrono::milliseconds verify_budget{50};
    std::chrono::milliseconds other_budget{200};
};

// An instance whose plugin code runs in processes of its own, which hold the integration's secrets
// and nothing else. A call that ends its process, or has to be ended with it, is Unavailable, and
// so is every other call until a process is there again, within a second; no other provider
// notices. What the process says is checked like what a plugin in this process fills in. Safe to
// call from any thread.
class ProviderIsolated final : public Provider {
public:
    // Waits until the plugin has made the instance; the error says what the operator has to change.
    // The starter outlives the provider. REQUIRES: type.isolated.
    static base::Result<std::shared_ptr<const ProviderIsolated>, std::string> create(
        const ProviderType& type, const InstanceSettings& settings, const IsolationOptions& options,
        Starter& starter, base::Log& log, const base::Clock& clock);

    ProviderIsolated(ProviderInfo info, IsolationOptions options, std::shared_ptr<HostPool> pool);

    base::Result<Verdict, CallError> verify(const InboundRequest& request) const noexcept override;
    base::Result<std::vector<NormalizedEvent>, CallError> normalize(
        const InboundRequest& request) const noexcept override;
    base::Result<Outbound, CallError> format(const DeliveryView& delivery) const noexcept override;
    bool acceptsMethod(std::string_view method) const noexcept override;
    bool isSecretHeader(std::string_view name) const noexcept override;

    const Contract& contract() const noexcept override { return info_.contract; }

private:
    // The answer to a question about so many bytes.
    base::Result<std::string, CallError> ask(std::string_view step, std::string_view question,
                                             std::size_t input_bytes) const;

    const ProviderInfo info_;
    const IsolationOptions options_;
    const std::shared_ptr<HostPool> pool_;
};

} // namespace hookgate::plugin::isolation
