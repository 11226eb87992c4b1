#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/plugin/descriptor.hpp"
#include "core/plugin/inspection.hpp"
#include "core/plugin/library.hpp"
#include "core/plugin/provider_in_process.hpp"

#include <hookgate/testing_library.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace base = hookgate::base;
namespace plugin = hookgate::plugin;

// What an outcome points into.
struct hgt_memory {
    std::string explanation;
    plugin::Verdict verdict;
    std::vector<plugin::NormalizedEvent> normalized;
    std::vector<hg_event> events;
    plugin::Outbound outbound;
    plugin::Signed proof;
    std::vector<hg_header> headers;
};

namespace {

std::string_view viewOf(hg_str text) noexcept {
    return {text.data, static_cast<std::size_t>(text.size)};
}

hg_str rawOf(std::string_view text) noexcept {
    return {text.data(), text.size()};
}

// Stands where the request that is being tried was received.
class RequestClock final : public base::Clock {
public:
    base::UnixMs unixMs() const noexcept override { return now_; }

    base::BootMs bootMs() const noexcept override { return system_.bootMs(); }

    void set(base::UnixMs now) noexcept { now_ = now; }

private:
    std::atomic<base::UnixMs> now_ = 0;
    base::SystemClock system_;
};

// What the plugin logs goes to the terminal of the test.
class TerminalLog final : public base::Log {
public:
    bool enabled(base::LogLevel) const noexcept override { return true; }

    void write(base::LogLevel, std::string_view event, base::LogFields fields) noexcept override {
        try {
            std::string line{event};
            for (const auto& field : fields)
                if (const auto* text = std::get_if<std::string_view>(&field.value))
                    line.append(" ").append(field.key).append("=").append(*text);
            std::cerr << line + '\n';
        } catch (const std::exception&) {
            // A line that finds no memory is lost.
        }
    }
};

TerminalLog& terminalLog() {
    static TerminalLog log;
    return log;
}

hg_status statusOf(plugin::CallFailure failure) noexcept {
    switch (failure) {
        case plugin::CallFailure::Malformed:
            return HG_MALFORMED;
        case plugin::CallFailure::Ignored:
            return HG_IGNORED;
        case plugin::CallFailure::Limit:
            return HG_LIMIT;
        case plugin::CallFailure::Unsupported:
            return HG_UNSUPPORTED;
        case plugin::CallFailure::Unavailable: // a gateway's words, not a plugin's
        case plugin::CallFailure::NotAsked:
        case plugin::CallFailure::Internal:
            break;
    }
    return HG_INTERNAL;
}

hg_decision decisionOf(plugin::Decision decision) noexcept {
    if (decision == plugin::Decision::Accept) return HG_ACCEPT;
    return decision == plugin::Decision::Respond ? HG_RESPOND : HG_REJECT;
}

hg_reason reasonOf(plugin::RejectReason reason) noexcept {
    static_assert(static_cast<int>(plugin::RejectReason::Unspecified) == HG_REASON_UNSPECIFIED &&
                  static_cast<int>(plugin::RejectReason::DuplicateHeader) ==
                      HG_REASON_DUPLICATE_HEADER);
    return static_cast<hg_reason>(reason);
}

// The request as the gateway shows it, with the views' memory.
class Shown {
public:
    explicit Shown(const hg_request& request) {
        for (const auto& header : std::span{request.headers, request.header_count})
            headers_.push_back({viewOf(header.name), viewOf(header.value)});
        view_ = {.headers = headers_,
                 .method = viewOf(request.method),
                 .url = viewOf(request.url),
                 .path = viewOf(request.path),
                 .query = viewOf(request.query),
                 .body = viewOf(request.body),
                 .client_ip = viewOf(request.client_ip),
                 .received_at = request.received_unix_ms,
                 .correlation_id = "test"};
    }

    Shown(const Shown&) = delete;
    Shown& operator=(const Shown&) = delete;

    const plugin::InboundRequest& view() const noexcept { return view_; }

private:
    std::vector<plugin::HeaderView> headers_;
    plugin::InboundRequest view_;
};

void fail(hgt_outcome& outcome, hg_status status, std::string why) {
    outcome.status = status;
    outcome.memory->explanation = std::move(why);
    outcome.explanation = rawOf(outcome.memory->explanation);
}

const hg_header* keepHeaders(hgt_memory& memory,
                             std::span<const std::pair<std::string, std::string>> headers) {
    memory.headers.clear();
    for (const auto& [name, value] : headers)
        memory.headers.push_back({rawOf(name), rawOf(value)});
    return memory.headers.data();
}

void keep(hgt_outcome& outcome, plugin::Verdict verdict) {
    auto& kept = outcome.memory->verdict = std::move(verdict);
    outcome.verdict = {
        .struct_size = sizeof(hg_verdict),
        .decision = decisionOf(kept.decision),
        .reason = reasonOf(kept.reason),
        .response_status = static_cast<std::uint32_t>(kept.response_status),
        .signed_unix_ms = kept.signed_at,
        .key_id = rawOf(kept.key_id),
        .response_content_type = rawOf(kept.response_content_type),
        .response_body = rawOf(kept.response_body),
        .response_headers = keepHeaders(*outcome.memory, kept.response_headers),
        .response_header_count = static_cast<std::uint32_t>(kept.response_headers.size()),
        .reserved = 0};
}

void keep(hgt_outcome& outcome, std::vector<plugin::NormalizedEvent> events) {
    auto& memory = *outcome.memory;
    memory.normalized = std::move(events);
    for (const auto& event : memory.normalized)
        memory.events.push_back(
            {.struct_size = sizeof(hg_event),
             .flags = (event.test ? std::uint32_t{HG_EVENT_TEST} : 0U) |
                      (event.rejected ? std::uint32_t{HG_EVENT_REJECTED} : 0U),
             .external_id = rawOf(event.external_id),
             .type = rawOf(event.type),
             .subject = rawOf(event.subject),
             .ordering_key = rawOf(event.ordering_key),
             .payload = rawOf(event.payload),
             .occurred_unix_ms = event.occurred_at,
             .reason = reasonOf(event.rejected.value_or(plugin::RejectReason::Unspecified)),
             .reserved = 0});
    outcome.events = {.struct_size = sizeof(hg_events),
                      .count = static_cast<std::uint32_t>(memory.events.size()),
                      .first = memory.events.data(),
                      .stride = sizeof(hg_event)};
}

void keep(hgt_outcome& outcome, plugin::Outbound outbound) {
    auto& kept = outcome.memory->outbound = std::move(outbound);
    outcome.outbound = {.struct_size = sizeof(hg_outbound),
                        .header_count = static_cast<std::uint32_t>(kept.headers.size()),
                        .headers = keepHeaders(*outcome.memory, kept.headers),
                        .content_type = rawOf(kept.content_type),
                        .body = rawOf(kept.body)};
}

void keep(hgt_outcome& outcome, plugin::Signed proof) {
    auto& kept = outcome.memory->proof = std::move(proof);
    outcome.proof = {.struct_size = sizeof(hg_signed),
                     .header_count = static_cast<std::uint32_t>(kept.headers.size()),
                     .headers = keepHeaders(*outcome.memory, kept.headers),
                     .url = rawOf(kept.url)};
}

// Fills in the outcome with what `call` returns or throws.
template <class Call>
void record(hgt_outcome* outcome, const Call& call) noexcept {
    *outcome = {};
    try {
        outcome->memory = std::make_unique<hgt_memory>().release();
        auto result = call();
        if (result)
            keep(*outcome, std::move(*result));
        else
            fail(*outcome, statusOf(result.error().failure), std::move(result.error().explanation));
    } catch (const std::exception&) {
        outcome->status = HG_LIMIT; // out of memory
    }
}

// A file's providers, or why there are none.
base::Result<plugin::Descriptor, std::string> load(const std::filesystem::path& file) {
    const auto bytes = plugin::readPluginFile(file);
    if (!bytes) return base::Error{file.string() + ": " + bytes.error()};
    if (const auto inspection = plugin::inspect(*bytes); !inspection.refusal.empty())
        return base::Error{file.string() + ": " + inspection.refusal};
    const auto library = plugin::Library::load(file.filename().string(), *bytes);
    if (!library) return base::Error{file.string() + ": " + library.error()};
    auto descriptor = plugin::readDescriptor((*library)->plugin(), (*library)->image());
    if (!descriptor) return base::Error{file.string() + ": " + descriptor.error()};
    for (auto& type : descriptor->providers)
        type.library = *library;
    return descriptor;
}

const plugin::ProviderType* select(const plugin::Descriptor& descriptor, std::string_view name) {
    if (name.empty())
        return descriptor.providers.size() == 1 ? &descriptor.providers.front() : nullptr;
    const auto found =
        std::find_if(descriptor.providers.begin(), descriptor.providers.end(),
                     [&](const plugin::ProviderType& type) { return type.info.name == name; });
    return found == descriptor.providers.end() ? nullptr : &*found;
}

plugin::InstanceSettings settingsOf(const hgt_setup& setup, const std::string& provider) {
    plugin::InstanceSettings settings{.provider = provider, .integration = "test"};
    for (const auto& secret : std::span{setup.secrets, setup.secret_count})
        settings.secrets.push_back(
            {std::string{viewOf(secret.key_id)}, std::string{viewOf(secret.bytes)}});
    if (setup.settings_json.size > 0) settings.settings_json = viewOf(setup.settings_json);
    if (setup.tolerance_ms >= 0) settings.tolerance = std::chrono::milliseconds{setup.tolerance_ms};
    return settings;
}

} // namespace

struct hgt_provider {
    std::string name;
    RequestClock clock;
    std::shared_ptr<const plugin::ProviderInProcess> instance;
};

hgt_provider* hgt_open(const hgt_setup* setup, hgt_outcome* outcome) {
    *outcome = {};
    try {
        outcome->memory = std::make_unique<hgt_memory>().release();
        const auto descriptor = load(viewOf(setup->plugin_file));
        if (!descriptor) {
            fail(*outcome, HG_INTERNAL, descriptor.error());
            return nullptr;
        }
        const auto* const type = select(*descriptor, viewOf(setup->provider));
        if (type == nullptr) {
            fail(*outcome, HG_NOT_FOUND,
                 "name one of the plugin's providers; it has no '" +
                     std::string{viewOf(setup->provider)} + "'");
            return nullptr;
        }
        auto provider = std::make_unique<hgt_provider>();
        provider->name = type->info.name;
        auto instance = plugin::ProviderInProcess::create(
            *type, settingsOf(*setup, type->info.name),
            {.log = terminalLog(), .clock = provider->clock, .may_sign = true});
        if (!instance) {
            fail(*outcome, HG_INVALID_SETTINGS, std::move(instance.error()));
            return nullptr;
        }
        provider->instance = std::move(*instance);
        return provider.release();
    } catch (const std::exception& error) {
        outcome->status = HG_INTERNAL;
        std::cerr << error.what() << '\n';
        return nullptr;
    }
}

void hgt_close(hgt_provider* provider) {
    const std::unique_ptr<hgt_provider> last{provider};
}

hg_str hgt_name(const hgt_provider* provider) {
    return rawOf(provider->name);
}

void hgt_verify(hgt_provider* provider, const hg_request* request, hgt_outcome* outcome) {
    provider->clock.set(request->received_unix_ms);
    record(outcome, [&] { return provider->instance->verify(Shown{*request}.view()); });
}

void hgt_normalize(hgt_provider* provider, const hg_request* request, hgt_outcome* outcome) {
    provider->clock.set(request->received_unix_ms);
    record(outcome, [&] { return provider->instance->normalize(Shown{*request}.view()); });
}

void hgt_format(hgt_provider* provider, const hg_delivery* delivery, hgt_outcome* outcome) {
    record(outcome, [&] {
        return provider->instance->format({.event_id = viewOf(delivery->event_id),
                                           .external_id = viewOf(delivery->external_id),
                                           .type = viewOf(delivery->type),
                                           .subject = viewOf(delivery->subject),
                                           .payload = viewOf(delivery->payload),
                                           .occurred_at = delivery->occurred_unix_ms,
                                           .received_at = delivery->received_unix_ms,
                                           .attempt = delivery->attempt});
    });
}

void hgt_sign(hgt_provider* provider, const hg_request* request, hg_str private_key,
              hgt_outcome* outcome) {
    provider->clock.set(request->received_unix_ms);
    record(outcome,
           [&] { return provider->instance->sign(Shown{*request}.view(), viewOf(private_key)); });
}

void hgt_release(hgt_outcome* outcome) {
    const std::unique_ptr<hgt_memory> last{outcome->memory};
    *outcome = {};
}
