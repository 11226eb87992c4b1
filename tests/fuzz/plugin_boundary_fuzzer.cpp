// The bundled plugins behind the whole boundary: C ABI, SDK, host services, checks of outcomes.
// They are linked in under names of their own, so that the fuzzer sees which of their branches it
// takes.
#include "core/base/crypto.hpp"
#include "core/base/hex.hpp"
#include "core/plugin/descriptor.hpp"
#include "core/plugin/json_index.hpp"
#include "core/plugin/provider_in_process.hpp"
#include "tests/fuzz/require.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

extern "C" const hg_plugin hg_plugin_acme;
extern "C" const hg_plugin hg_plugin_globex;

namespace hookgate::plugin {
namespace {

constexpr std::string_view kSecret = "secret-of-the-fuzzer";

class SilentLog final : public base::Log {
public:
    bool enabled(base::LogLevel) const noexcept override { return false; }

    void write(base::LogLevel, std::string_view, base::LogFields) noexcept override {}
};

std::shared_ptr<const ProviderInProcess> make(const hg_plugin& plugin) {
    static SilentLog log;
    static const base::SystemClock kClock;
    const auto descriptor = readDescriptor(&plugin, imageAround(&plugin));
    HG_REQUIRE(descriptor);
    const auto& type = descriptor->providers.at(0);
    auto provider = ProviderInProcess::create(type,
                                              {.provider = type.info.name,
                                               .integration = "fuzz",
                                               .secrets = {{"k", std::string{kSecret}}}},
                                              {log, kClock, {}});
    HG_REQUIRE(provider);
    return *provider;
}

bool accepts(const Provider& provider, std::string_view header, std::string_view value,
             std::string_view body) {
    const std::vector<HeaderView> headers{{header, value}};
    const auto verdict = provider.verify({.headers = headers, .method = "POST", .body = body});
    HG_REQUIRE(verdict);
    return verdict->decision == Decision::Accept;
}

void readAndFormat(const Provider& provider, std::string_view body) {
    const auto events = provider.normalize({.headers = {}, .method = "POST", .body = body});
    if (!events) {
        HG_REQUIRE(events.error().failure == CallFailure::Malformed ||
                   events.error().failure == CallFailure::Limit);
        return;
    }
    const auto& event = events->front();
    JsonIndex payload;
    HG_REQUIRE(payload.parse(event.payload) == JsonError::None);
    HG_REQUIRE(payload.at(0).count == 4 && !event.external_id.empty() && !event.type.empty());
    const auto outbound = provider.format({.event_id = "id",
                                           .external_id = event.external_id,
                                           .type = event.type,
                                           .subject = event.subject,
                                           .payload = event.payload,
                                           .occurred_at = event.occurred_at});
    if (outbound)
        HG_REQUIRE(payload.parse(outbound->body) == JsonError::None);
    else
        HG_REQUIRE(outbound.error().failure == CallFailure::Unsupported);
}

// The first part of the input, up to a line feed, is tried as the proof of the second.
void check(std::string_view input) {
    static const auto kAcme = make(hg_plugin_acme);
    static const auto kGlobex = make(hg_plugin_globex);
    const auto end = input.find('\n');
    const auto proof = input.substr(0, end);
    const auto body = end == std::string_view::npos ? std::string_view{} : input.substr(end + 1);

    const auto signature = base::toHex(base::hmacSha256(kSecret, body));
    HG_REQUIRE(accepts(*kAcme, "x-acme-signature", signature, body));
    HG_REQUIRE(!accepts(*kAcme, "x-acme-signature", proof, body));
    HG_REQUIRE(accepts(*kGlobex, "x-globex-token", proof, body) == (proof == kSecret));
    readAndFormat(*kAcme, body);
    readAndFormat(*kGlobex, body);
}

} // namespace
} // namespace hookgate::plugin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input(data, data + size);
    hookgate::plugin::check(input);
    return 0;
}
