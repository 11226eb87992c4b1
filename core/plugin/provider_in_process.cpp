#include "core/plugin/provider_in_process.hpp"

#include "core/plugin/outcome.hpp"
#include "core/plugin/settings_schema.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace hookgate::plugin {
namespace {

constexpr std::size_t kArenaBaseBytes = std::size_t{1024} * 1024;
constexpr std::size_t kArenaBytesPerInputByte = 8;
constexpr std::size_t kUrlBytesMax = std::size_t{16} * 1024;

hg_str rawOf(std::string_view text) noexcept {
    return {text.data(), text.size()};
}

// A thread's memory for calls. A call within a call, which no plugin can make, would get memory of
// its own.
class MemoryLease {
public:
    MemoryLease() : busy_{perThread().busy} {
        if (busy_) own_ = std::make_unique<CallMemory>();
        perThread().busy = true;
    }

    MemoryLease(const MemoryLease&) = delete;
    MemoryLease& operator=(const MemoryLease&) = delete;

    ~MemoryLease() { perThread().busy = busy_; }

    CallMemory& operator*() const noexcept { return own_ ? *own_ : perThread().memory; }

private:
    struct PerThread {
        CallMemory memory;
        bool busy = false;
    };

    static PerThread& perThread() noexcept {
        thread_local PerThread state;
        return state;
    }

    const bool busy_;
    std::unique_ptr<CallMemory> own_;
};

hg_request requestOf(const InboundRequest& request, std::vector<hg_header>& headers) {
    headers.clear();
    for (const auto& header : request.headers)
        headers.push_back({rawOf(header.name), rawOf(header.value)});
    return {.struct_size = sizeof(hg_request),
            .header_count = static_cast<std::uint32_t>(headers.size()),
            .headers = headers.data(),
            .method = rawOf(request.method),
            .url = rawOf(request.url),
            .path = rawOf(request.path),
            .query = rawOf(request.query),
            .body = rawOf(request.body),
            .client_ip = rawOf(request.client_ip),
            .received_unix_ms = request.received_at};
}

void addInputs(Ownership& ownership, const InboundRequest& request) {
    for (const auto input : {request.body, request.method, request.url, request.path, request.query,
                             request.client_ip, request.correlation_id})
        ownership.addInput(input);
    for (const auto& header : request.headers) {
        ownership.addInput(header.name);
        ownership.addInput(header.value);
    }
}

// A status that is no success, as normalize and format may end. `allowed` are those a step may use
// beside HG_LIMIT and HG_INTERNAL.
CallFailed failureOf(hg_status status, std::string explanation,
                     std::initializer_list<hg_status> allowed) {
    const bool expected = std::find(allowed.begin(), allowed.end(), status) != allowed.end();
    switch (status) {
        case HG_LIMIT:
            return {{CallFailure::Limit, std::move(explanation)}};
        case HG_MALFORMED:
        case HG_AMBIGUOUS:
            if (expected) return {{CallFailure::Malformed, std::move(explanation)}};
            break;
        case HG_IGNORED:
            if (expected) return {{CallFailure::Ignored, std::move(explanation)}};
            break;
        case HG_UNSUPPORTED:
            if (expected) return {{CallFailure::Unsupported, std::move(explanation)}};
            break;
        case HG_INTERNAL:
            return {{CallFailure::Internal, std::move(explanation)}};
        default:
            break;
    }
    return misbehaved("it ended with status " + std::to_string(status) +
                      (explanation.empty() ? "" : ": " + explanation));
}

// Runs plugin code; throws CallFailed for what it throws.
template <class Function>
hg_status guarded(const Function& function) {
    try {
        return function();
    } catch (...) {
        throw misbehaved("it threw an exception across the boundary");
    }
}

std::string joined(const std::vector<std::string>& problems) {
    std::string text;
    for (const auto& problem : problems)
        text += (text.empty() ? "" : "; ") + problem;
    return text;
}

} // namespace

ProviderInProcess::ProviderInProcess(ProviderType type, const InstanceSettings& settings,
                                     const Collaborators& collaborators)
    : type_{std::move(type)},
      host_{{settings.provider, settings.integration},
            [&] {
                std::vector<std::string> secrets;
                for (const auto& secret : settings.secrets)
                    secrets.push_back(secret.bytes);
                return secrets;
            }(),
            collaborators.log,
            collaborators.clock,
            collaborators.may_sign},
      tolerance_{settings.tolerance.value_or(type_.info.contract.tolerance)},
      arena_bytes_max_{collaborators.arena_bytes_max} {}

std::size_t ProviderInProcess::arenaFor(std::size_t input_bytes) const noexcept {
    const auto granted = kArenaBaseBytes + kArenaBytesPerInputByte * input_bytes;
    return arena_bytes_max_ == nullptr ? granted : std::min(granted, *arena_bytes_max_);
}

ProviderInProcess::~ProviderInProcess() {
    if (instance_ == nullptr) return;
    try {
        type_.functions->destroy(instance_);
    } catch (...) { // NOLINT(bugprone-empty-catch): there is nobody left to tell
    }
}

base::Result<std::shared_ptr<const ProviderInProcess>, std::string> ProviderInProcess::create(
    const ProviderType& type, const InstanceSettings& settings,
    const Collaborators& collaborators) {
    for (const auto& secret : settings.secrets)
        if (secret.bytes.empty())
            return base::Error{"the secret '" + secret.key_id +
                               "' is empty: anybody could sign with it"};
    JsonIndex json;
    if (json.parse(settings.settings_json) != JsonError::None ||
        json.at(0).kind != JsonKind::Object)
        return base::Error{std::string{"the settings are no JSON object"}};
    if (const auto problems = settingsProblems(type.info.settings_schema, settings.settings_json);
        !problems.empty())
        return base::Error{"settings: " + joined(problems)};
    std::shared_ptr<ProviderInProcess> provider{
        new ProviderInProcess{type, settings, collaborators}};
    if (auto problem = provider->instantiate(settings); !problem.empty())
        return base::Error{std::move(problem)};
    return std::shared_ptr<const ProviderInProcess>{std::move(provider)};
}

std::string ProviderInProcess::instantiate(const InstanceSettings& settings) {
    const MemoryLease memory;
    HostCall call{*memory, {}, arenaFor(settings.settings_json.size())};
    std::vector<hg_secret> secrets;
    for (const auto& secret : settings.secrets)
        secrets.push_back({rawOf(secret.key_id), rawOf(secret.bytes)});
    const hg_settings in{
        .struct_size = sizeof(hg_settings),
        .secret_count = static_cast<std::uint32_t>(secrets.size()),
        .secrets = secrets.data(),
        .integration = rawOf(settings.integration),
        .json = rawOf(settings.settings_json),
        .provider = rawOf(settings.alias.empty() ? settings.provider : settings.alias)};
    void* instance = nullptr;
    hg_status status = HG_INTERNAL;
    try {
        status = type_.functions->create(&host_, &call, &in, &instance);
    } catch (...) {
        return "the plugin threw an exception instead of making an instance";
    }
    if (status == HG_OK) {
        if (instance == nullptr) return "the plugin made no instance and gave no reason";
        instance_ = instance;
        return {};
    }
    auto why = host_.presentable(call.explanation());
    if (why.empty()) why = "the plugin refuses it with status " + std::to_string(status);
    return why;
}

template <class T, class Step>
base::Result<T, CallError> ProviderInProcess::barrier(const Step& step) const noexcept {
    try {
        return step();
    } catch (CallFailed& failed) {
        return base::Error{std::move(failed.error)};
    } catch (const std::bad_alloc&) {
        return base::Error{CallError{CallFailure::Limit, {}}};
    }
}

Verdict ProviderInProcess::verifyWith(HostCall& call, CallMemory& memory,
                                      const InboundRequest& request) const {
    for (const auto& name : type_.info.secret_headers) {
        const auto count =
            std::count_if(request.headers.begin(), request.headers.end(),
                          [&](const HeaderView& header) { return header.name == name; });
        if (count > 1) return {.reason = RejectReason::DuplicateHeader};
    }
    const auto in = requestOf(request, memory.headers);
    hg_verdict out{};
    out.struct_size = sizeof(out);
    const auto status =
        guarded([&] { return type_.functions->verify(instance_, &call, &in, &out); });
    if (call.metDoubledHeader() || status == HG_AMBIGUOUS)
        return {.reason = RejectReason::DuplicateHeader};
    if (status == HG_MALFORMED) return {.reason = RejectReason::SignatureMalformed};
    if (status != HG_OK) throw failureOf(status, host_.presentable(call.explanation()), {});
    Ownership ownership{call, type_.image};
    addInputs(ownership, request);
    auto verdict = readVerdict(out, ownership);
    if (verdict.decision != Decision::Reject && isOutOfTime(verdict, request))
        return {.reason = RejectReason::TimestampOutOfRange};
    return verdict;
}

bool ProviderInProcess::isOutOfTime(const Verdict& verdict,
                                    const InboundRequest& request) const noexcept {
    if (tolerance_.count() == 0 || verdict.signed_at == 0) return false;
    const auto earliest = request.received_at - tolerance_.count();
    const auto latest = request.received_at + tolerance_.count();
    return verdict.signed_at < earliest || verdict.signed_at > latest;
}

base::Result<Verdict, CallError> ProviderInProcess::verify(
    const InboundRequest& request) const noexcept {
    return barrier<Verdict>([&] {
        const MemoryLease memory;
        HostCall call{*memory, request.correlation_id, arenaFor(request.body.size())};
        return verifyWith(call, *memory, request);
    });
}

std::vector<NormalizedEvent> ProviderInProcess::normalizeWith(HostCall& call, CallMemory& memory,
                                                              const InboundRequest& request) const {
    const auto in = requestOf(request, memory.headers);
    hg_events out{};
    out.struct_size = sizeof(out);
    const auto status =
        guarded([&] { return type_.functions->normalize(instance_, &call, &in, &out); });
    if (status != HG_OK)
        throw failureOf(status, host_.presentable(call.explanation()),
                        {HG_MALFORMED, HG_AMBIGUOUS, HG_IGNORED});
    Ownership ownership{call, type_.image};
    addInputs(ownership, request);
    return readEvents(out, ownership, request.body, memory.payload_check);
}

base::Result<std::vector<NormalizedEvent>, CallError> ProviderInProcess::normalize(
    const InboundRequest& request) const noexcept {
    return barrier<std::vector<NormalizedEvent>>([&] {
        const MemoryLease memory;
        HostCall call{*memory, request.correlation_id, arenaFor(request.body.size())};
        return normalizeWith(call, *memory, request);
    });
}

base::Result<Signed, CallError> ProviderInProcess::sign(
    const InboundRequest& request, std::string_view private_key) const noexcept {
    return barrier<Signed>([&]() -> Signed {
        if (type_.functions->sign == nullptr) throw CallFailed{{CallFailure::Unsupported, {}}};
        const MemoryLease memory;
        HostCall call{*memory, request.correlation_id, arenaFor(request.body.size())};
        const auto in = requestOf(request, (*memory).headers);
        hg_signed out{};
        out.struct_size = sizeof(out);
        const auto status = guarded(
            [&] { return type_.functions->sign(instance_, &call, &in, rawOf(private_key), &out); });
        // It lacks the key: for the operator to mend.
        if (status == HG_INVALID_SETTINGS)
            throw CallFailed{{CallFailure::Unsupported, host_.presentable(call.explanation())}};
        if (status != HG_OK)
            throw failureOf(status, host_.presentable(call.explanation()),
                            {HG_UNSUPPORTED, HG_MALFORMED});
        Ownership ownership{call, type_.image};
        addInputs(ownership, request);
        return {.headers = readHeaders(out.headers, out.header_count, ownership),
                .url = ownership.text(out.url, kUrlBytesMax, "URL")};
    });
}

Outbound ProviderInProcess::formatWith(HostCall& call, const DeliveryView& delivery) const {
    const hg_delivery in{.struct_size = sizeof(hg_delivery),
                         .attempt = delivery.attempt,
                         .event_id = rawOf(delivery.event_id),
                         .external_id = rawOf(delivery.external_id),
                         .type = rawOf(delivery.type),
                         .subject = rawOf(delivery.subject),
                         .payload = rawOf(delivery.payload),
                         .occurred_unix_ms = delivery.occurred_at,
                         .received_unix_ms = delivery.received_at};
    hg_outbound out{};
    out.struct_size = sizeof(out);
    const auto status =
        guarded([&] { return type_.functions->format(instance_, &call, &in, &out); });
    if (status != HG_OK)
        throw failureOf(status, host_.presentable(call.explanation()), {HG_UNSUPPORTED});
    Ownership ownership{call, type_.image};
    for (const auto input : {delivery.payload, delivery.event_id, delivery.external_id,
                             delivery.type, delivery.subject})
        ownership.addInput(input);
    return readOutbound(out, ownership);
}

base::Result<Outbound, CallError> ProviderInProcess::format(
    const DeliveryView& delivery) const noexcept {
    return barrier<Outbound>([&]() -> Outbound {
        if (type_.functions->format == nullptr) throw CallFailed{{CallFailure::Unsupported, {}}};
        const MemoryLease memory;
        HostCall call{*memory, {}, arenaFor(delivery.payload.size())};
        return formatWith(call, delivery);
    });
}

bool ProviderInProcess::acceptsMethod(std::string_view method) const noexcept {
    const auto& methods = type_.info.methods;
    return std::find(methods.begin(), methods.end(), method) != methods.end();
}

bool ProviderInProcess::isSecretHeader(std::string_view name) const noexcept {
    const auto& headers = type_.info.secret_headers;
    return std::find(headers.begin(), headers.end(), name) != headers.end();
}

InstanceFactory inProcessInstances(base::Log& log, const base::Clock& clock) {
    return [&log, &clock](const ProviderType& type, const InstanceSettings& settings)
               -> base::Result<std::shared_ptr<const Provider>, std::string> {
        auto provider = ProviderInProcess::create(type, settings, {log, clock});
        if (!provider) return base::Error{std::move(provider.error())};
        return std::shared_ptr<const Provider>{std::move(*provider)};
    };
}

} // namespace hookgate::plugin
