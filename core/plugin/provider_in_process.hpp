#pragma once

#include "core/plugin/descriptor.hpp"
#include "core/plugin/instance_host.hpp"
#include "core/plugin/provider.hpp"
#include "core/plugin/registry.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hookgate::plugin {

struct CallMemory;
class HostCall;

// What sign() puts into a request; the URL is empty when it stays as it was.
struct Signed {
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string url{};
};

// An instance whose plugin code runs in this process, on the caller's thread. What the code throws
// or answers against the contract becomes a CallError; a header that is there twice and was asked
// for makes a request unauthentic whatever the plugin says. Safe to call from any thread.
class ProviderInProcess final : public Provider {
public:
    struct Collaborators {
        base::Log& log;
        const base::Clock& clock;
        bool may_sign = false; // the simulator may
        // What a call may take of memory at most, for trials that let it end early: read when a
        // call begins, outlives the instance. Null: what the gateway grants.
        const std::size_t* arena_bytes_max = nullptr;
    };

    // The error says what the operator has to change.
    static base::Result<std::shared_ptr<const ProviderInProcess>, std::string> create(
        const ProviderType& type, const InstanceSettings& settings,
        const Collaborators& collaborators);

    ~ProviderInProcess() override;
    ProviderInProcess(const ProviderInProcess&) = delete;
    ProviderInProcess& operator=(const ProviderInProcess&) = delete;

    base::Result<Verdict, CallError> verify(const InboundRequest& request) const noexcept override;
    base::Result<std::vector<NormalizedEvent>, CallError> normalize(
        const InboundRequest& request) const noexcept override;
    base::Result<Outbound, CallError> format(const DeliveryView& delivery) const noexcept override;
    bool acceptsMethod(std::string_view method) const noexcept override;
    bool isSecretHeader(std::string_view name) const noexcept override;

    const Contract& contract() const noexcept override { return type_.info.contract; }

    // For tests and the simulator: what makes a request authentic at its time of receipt. The key
    // is a private one for asymmetric schemes; empty: the newest secret.
    base::Result<Signed, CallError> sign(const InboundRequest& request,
                                         std::string_view private_key) const noexcept;

private:
    ProviderInProcess(ProviderType type, const InstanceSettings& settings,
                      const Collaborators& collaborators);

    // The plugin's create(); the error says why there is no instance.
    std::string instantiate(const InstanceSettings& settings);
    // What a call with so much input may take.
    std::size_t arenaFor(std::size_t input_bytes) const noexcept;
    // Whether a signed time lies too far from the receipt.
    bool isOutOfTime(const Verdict& verdict, const InboundRequest& request) const noexcept;
    Verdict verifyWith(HostCall& call, CallMemory& memory, const InboundRequest& request) const;
    std::vector<NormalizedEvent> normalizeWith(HostCall& call, CallMemory& memory,
                                               const InboundRequest& request) const;
    Outbound formatWith(HostCall& call, const DeliveryView& delivery) const;

    template <class T, class Step>
    base::Result<T, CallError> barrier(const Step& step) const noexcept;

    const ProviderType type_;
    const InstanceHost host_;
    const std::chrono::milliseconds tolerance_;
    const std::size_t* const arena_bytes_max_;
    void* instance_ = nullptr;
};

// Instances whose code runs in this process. log and clock outlive them.
InstanceFactory inProcessInstances(base::Log& log, const base::Clock& clock);

} // namespace hookgate::plugin
