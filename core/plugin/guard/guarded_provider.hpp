#pragma once

#include "core/plugin/guard/guard.hpp"
#include "core/plugin/provider.hpp"

#include <memory>
#include <utility>

namespace hookgate::plugin::guard {

// An instance whose calls its guard watches. A call that it does not let through is Unavailable.
// Safe to call from any thread.
class GuardedProvider final : public Provider {
public:
    // The guard outlives the provider.
    GuardedProvider(std::shared_ptr<const Provider> inner, std::shared_ptr<Ward> ward, Guard& guard)
        : inner_{std::move(inner)},
          ward_{std::move(ward)},
          guard_{guard} {}

    base::Result<Verdict, CallError> verify(const InboundRequest& request) const noexcept override;
    base::Result<std::vector<NormalizedEvent>, CallError> normalize(
        const InboundRequest& request) const noexcept override;
    base::Result<Outbound, CallError> format(const DeliveryView& delivery) const noexcept override;

    bool acceptsMethod(std::string_view method) const noexcept override {
        return inner_->acceptsMethod(method);
    }

    bool isSecretHeader(std::string_view name) const noexcept override {
        return inner_->isSecretHeader(name);
    }

    const Contract& contract() const noexcept override { return inner_->contract(); }

private:
    template <class T, class Run>
    base::Result<T, CallError> watched(Step step, std::string_view correlation_id,
                                       const Run& run) const noexcept;

    const std::shared_ptr<const Provider> inner_;
    const std::shared_ptr<Ward> ward_;
    Guard& guard_;
};

} // namespace hookgate::plugin::guard
