#include "core/plugin/measured_provider.hpp"

#include "core/plugin/descriptor.hpp"

#include <string>
#include <type_traits>
#include <utility>

namespace hookgate::plugin {
namespace {

class MeasuredProvider final : public Provider {
public:
    MeasuredProvider(std::shared_ptr<const Provider> provider, std::string name,
                     std::shared_ptr<ProviderCalls> calls, CallObserver observer)
        : provider_{std::move(provider)},
          name_{std::move(name)},
          calls_{std::move(calls)},
          observer_{std::move(observer)} {}

    base::Result<Verdict, CallError> verify(const InboundRequest& request) const noexcept override {
        auto verdict = timed(Step::Verify, [&] { return provider_->verify(request); });
        if (verdict && verdict->decision == Decision::Reject)
            calls_->rejections.fetch_add(1, std::memory_order_relaxed);
        return verdict;
    }

    base::Result<std::vector<NormalizedEvent>, CallError> normalize(
        const InboundRequest& request) const noexcept override {
        return timed(Step::Normalize, [&] { return provider_->normalize(request); });
    }

    base::Result<Outbound, CallError> format(const DeliveryView& delivery) const noexcept override {
        return timed(Step::Format, [&] { return provider_->format(delivery); });
    }

    bool acceptsMethod(std::string_view method) const noexcept override {
        return provider_->acceptsMethod(method);
    }

    bool isSecretHeader(std::string_view name) const noexcept override {
        return provider_->isSecretHeader(name);
    }

    const Contract& contract() const noexcept override { return provider_->contract(); }

private:
    template <class Call>
    std::invoke_result_t<Call> timed(Step step, const Call& call) const noexcept {
        const auto began = std::chrono::steady_clock::now();
        auto result = call();
        const auto took = std::chrono::steady_clock::now() - began;
        calls_->of(step).add(took);
        if (observer_)
            observer_(name_, nameOf(step),
                      std::chrono::duration_cast<std::chrono::microseconds>(took));
        return result;
    }

    const std::shared_ptr<const Provider> provider_;
    const std::string name_;
    const std::shared_ptr<ProviderCalls> calls_;
    const CallObserver observer_;
};

} // namespace

InstanceFactory measuredInstances(InstanceFactory factory, CallFigures& figures,
                                  CallObserver observer) {
    return [factory = std::move(factory), &figures, observer = std::move(observer)](
               const ProviderType& type, const InstanceSettings& settings)
               -> base::Result<std::shared_ptr<const Provider>, std::string> {
        auto provider = factory(type, settings);
        if (!provider) return base::Error{std::move(provider.error())};
        return std::shared_ptr<const Provider>{std::make_shared<MeasuredProvider>(
            std::move(*provider), type.info.name, figures.of(type.code()), observer)};
    };
}

} // namespace hookgate::plugin
