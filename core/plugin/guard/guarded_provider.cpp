#include "core/plugin/guard/guarded_provider.hpp"

#include "core/plugin/guard/breadcrumb.hpp"

#include <exception>
#include <string>
#include <utility>

namespace hookgate::plugin::guard {

template <class T, class Run>
base::Result<T, CallError> GuardedProvider::watched(Step step, std::string_view correlation_id,
                                                    const Run& run) const noexcept {
    Ward::Call call{.step = step, .correlation_id = correlation_id};
    try {
        if (auto refusal = ward_->enter(call); !refusal.empty()) {
            if (guard_.observers_.refused)
                guard_.observers_.refused(ward_->provider(),
                                          ward_->quarantined() ? "quarantined" : "busy");
            return base::Error{CallError{CallFailure::NotAsked, std::move(refusal)}};
        }
    } catch (const std::exception&) { // there is no memory to begin
        return base::Error{CallError{CallFailure::NotAsked, {}}};
    }
    auto result = [&] {
        const Breadcrumb breadcrumb{ward_->provider(),
                                    ward_->isolated() ? std::string_view{} : ward_->sha256(),
                                    nameOf(step), correlation_id};
        return run();
    }();
    guard_.left(*ward_, call, ward_->leave(call));
    return result;
}

base::Result<Verdict, CallError> GuardedProvider::verify(
    const InboundRequest& request) const noexcept {
    return watched<Verdict>(Step::Verify, request.correlation_id,
                            [&] { return inner_->verify(request); });
}

base::Result<std::vector<NormalizedEvent>, CallError> GuardedProvider::normalize(
    const InboundRequest& request) const noexcept {
    return watched<std::vector<NormalizedEvent>>(Step::Normalize, request.correlation_id,
                                                 [&] { return inner_->normalize(request); });
}

base::Result<Outbound, CallError> GuardedProvider::format(
    const DeliveryView& delivery) const noexcept {
    return watched<Outbound>(Step::Format, delivery.event_id,
                             [&] { return inner_->format(delivery); });
}

} // namespace hookgate::plugin::guard
