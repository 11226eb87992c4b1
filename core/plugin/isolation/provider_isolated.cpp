#include "core/plugin/isolation/provider_isolated.hpp"

#include "core/plugin/isolation/answers.hpp"
#include "core/plugin/isolation/host_pool.hpp"
#include "core/plugin/isolation/questions.hpp"

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

namespace hookgate::plugin::isolation {
namespace {

constexpr int kTimePerCpuTime = 10;
// What the arena of a call may hold, and room for what is told about it.
constexpr std::size_t kAnswerBytesBase = std::size_t{4} * 1024 * 1024;
constexpr std::size_t kAnswerBytesPerInputByte = 9;

HostPool::Limits limitsOf(std::chrono::milliseconds budget) noexcept {
    return {.cpu_time = budget, .time = budget * kTimePerCpuTime};
}

std::size_t answerBytesMax(std::size_t input_bytes) noexcept {
    return kAnswerBytesBase + kAnswerBytesPerInputByte * input_bytes;
}

// What the process says of a failure, as it may be logged.
template <class T>
base::Result<T, CallError> presented(base::Result<T, CallError> result, const HostPool& pool) {
    if (!result) result.error().explanation = pool.presentable(result.error().explanation);
    return result;
}

template <class T, class Call>
base::Result<T, CallError> guarded(const Call& call) noexcept {
    try {
        return call();
    } catch (const std::exception&) {
        return base::Error{CallError{CallFailure::Limit, {}}}; // there is no memory for it
    }
}

InstanceHost::Identity identityOf(const InstanceSettings& settings) {
    return {settings.provider, settings.integration};
}

} // namespace

ProviderIsolated::ProviderIsolated(ProviderInfo info, IsolationOptions options,
                                   std::shared_ptr<HostPool> pool)
    : info_{std::move(info)},
      options_{std::move(options)},
      pool_{std::move(pool)} {}

base::Result<std::shared_ptr<const ProviderIsolated>, std::string> ProviderIsolated::create(
    const ProviderType& type, const InstanceSettings& settings, const IsolationOptions& options,
    Starter& starter, base::Log& log, const base::Clock& clock) {
    Writer question{Kind::Create};
    write(question, settings);
    HostPool::Options pool_options{.program = {.path = options.program,
                                               .plugin = type.info.name,
                                               .code = type.isolated,
                                               .memory_bytes_max = options.memory_bytes_max},
                                   .create = std::string{question.frame()},
                                   .processes_max = options.processes_max};
    std::vector<std::string> secrets;
    for (const auto& secret : settings.secrets)
        secrets.push_back(secret.bytes);
    auto host = std::make_unique<const InstanceHost>(identityOf(settings), std::move(secrets), log,
                                                     clock, false);
    auto first = starter.startAndWait(pool_options.program, pool_options.create);
    if (!first) return base::Error{host->presentable(first.error())};
    auto pool = std::make_shared<HostPool>(std::move(pool_options), std::move(host), starter, log,
                                           identityOf(settings));
    pool->add(std::move(first->process));
    return std::make_shared<const ProviderIsolated>(type.info, options, std::move(pool));
}

base::Result<std::string, CallError> ProviderIsolated::ask(std::string_view step,
                                                           std::string_view question,
                                                           std::size_t input_bytes) const {
    const auto budget = step == "verify" ? options_.verify_budget : options_.other_budget;
    return pool_->ask(question, answerBytesMax(input_bytes), limitsOf(budget));
}

base::Result<Verdict, CallError> ProviderIsolated::verify(
    const InboundRequest& request) const noexcept {
    return guarded<Verdict>([&]() -> base::Result<Verdict, CallError> {
        Writer question{Kind::Verify};
        write(question, request);
        const auto answer = ask("verify", question.frame(), 0);
        if (!answer) return base::Error{answer.error()};
        return presented(readVerdictAnswer(*answer), *pool_);
    });
}

base::Result<std::vector<NormalizedEvent>, CallError> ProviderIsolated::normalize(
    const InboundRequest& request) const noexcept {
    using Events = std::vector<NormalizedEvent>;
    return guarded<Events>([&]() -> base::Result<Events, CallError> {
        Writer question{Kind::Normalize};
        write(question, request);
        const auto answer = ask("normalize", question.frame(), request.body.size());
        if (!answer) return base::Error{answer.error()};
        return presented(readEventsAnswer(*answer, request.body), *pool_);
    });
}

base::Result<Outbound, CallError> ProviderIsolated::format(
    const DeliveryView& delivery) const noexcept {
    return guarded<Outbound>([&]() -> base::Result<Outbound, CallError> {
        if (!info_.formats) return base::Error{CallError{CallFailure::Unsupported, {}}};
        Writer question{Kind::Format};
        write(question, delivery);
        const auto answer = ask("format", question.frame(), delivery.payload.size());
        if (!answer) return base::Error{answer.error()};
        return presented(readOutboundAnswer(*answer), *pool_);
    });
}

bool ProviderIsolated::acceptsMethod(std::string_view method) const noexcept {
    const auto& methods = info_.methods;
    return std::find(methods.begin(), methods.end(), method) != methods.end();
}

bool ProviderIsolated::isSecretHeader(std::string_view name) const noexcept {
    const auto& headers = info_.secret_headers;
    return std::find(headers.begin(), headers.end(), name) != headers.end();
}

} // namespace hookgate::plugin::isolation
