#include "core/plugin/check/lifecycle.hpp"

#include "core/plugin/check/vector_clock.hpp"
#include "core/plugin/host_call.hpp"
#include "core/plugin/instance_host.hpp"
#include "core/plugin/settings_schema.hpp"

#include <cstdint>
#include <string>
#include <string_view>

#include <malloc.h>
#include <nlohmann/json.hpp>

namespace hookgate::plugin::check {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kArenaBytes = std::size_t{1} << 20;
constexpr int kRounds = 1000;
// What a thousand rounds may leave behind: less than one small allocation for every tenth.
constexpr std::int64_t kGrowthBytesMax = 2400;

hg_str rawOf(std::string_view text) noexcept {
    return {text.data(), text.size()};
}

// What create() answered to settings that the gateway's own examination never saw.
struct Answer {
    hg_status status = HG_INTERNAL;
    std::string why{};
    bool threw = false;
    bool made = false;
};

Answer createUnseen(const ProviderType& type, const std::vector<Secret>& secrets,
                    std::string_view settings_json) {
    const InstanceHost host{
        {type.info.name, "check"}, {}, silentLog(), vectorClock(), /*may_sign=*/false};
    CallMemory memory;
    const HostCall call{memory, {}, kArenaBytes};
    std::vector<hg_secret> raws;
    raws.reserve(secrets.size());
    for (const auto& secret : secrets)
        raws.push_back({rawOf(secret.key_id), rawOf(secret.bytes)});
    const hg_settings settings{.struct_size = sizeof(hg_settings),
                               .secret_count = static_cast<std::uint32_t>(raws.size()),
                               .secrets = raws.data(),
                               .integration = rawOf("check"),
                               .json = rawOf(settings_json),
                               .provider = rawOf(type.info.name)};
    Answer answer;
    void* instance = nullptr;
    try {
        answer.status = type.functions->create(&host, &call, &settings, &instance);
    } catch (...) {
        answer.threw = true;
    }
    answer.why = call.explanation();
    answer.made = instance != nullptr;
    if (answer.status == HG_OK && answer.made) type.functions->destroy(instance);
    return answer;
}

// Whatever the settings are, they are taken or refused with a reason.
void mustDecide(Bench& bench, const std::vector<Secret>& secrets, const std::string& json,
                const std::string& what) {
    const auto answer = createUnseen(bench.type(), secrets, json);
    if (answer.threw)
        bench.report("lifecycle.exception", "throws across the boundary on " + what);
    else if (answer.status != HG_OK && answer.status != HG_INVALID_SETTINGS)
        bench.report("lifecycle.settings-status", "ends with status " +
                                                      std::to_string(answer.status) + " on " +
                                                      what + "; say HG_INVALID_SETTINGS");
    else if (answer.status == HG_OK && !answer.made)
        bench.report("lifecycle.settings-status", "makes no instance of " + what);
    else if (answer.status == HG_INVALID_SETTINGS && answer.why.empty())
        bench.report("lifecycle.settings-reason",
                     "refuses " + what + " without telling the operator why");
}

// The names of the settings, as the schema has them.
Json propertiesOf(const ProviderType& type) {
    const auto schema = Json::parse(type.info.settings_schema, nullptr, false);
    return schema.is_object() ? schema.value("properties", Json::object()) : Json::object();
}

void giveBadSettings(Bench& bench) {
    const auto& secrets = bench.vector().settings.secrets;
    mustDecide(bench, secrets, "{}", "no settings");
    mustDecide(bench, secrets, R"({"not-a-setting":1})", "a setting it does not know");
    const auto own = Json::parse(bench.vector().settings.settings_json, nullptr, false);
    const auto properties = propertiesOf(bench.type());
    for (const auto& [name, schema] : properties.items())
        for (const auto* const odd : {"null", "-1", "1e999", R"("")", R"("\u0000")", "[]", "{}",
                                      "true", R"("no such thing")"}) {
            auto settings = own.is_object() ? own : Json::object();
            settings.erase(name);
            auto text = settings.dump();
            text.insert(text.size() - 1,
                        (settings.empty() ? "" : ",") + Json(name).dump() + ':' + odd);
            mustDecide(bench, secrets, text, "'" + name + "' as " + odd);
        }
    using namespace std::string_literals;
    for (const auto& odd : {"\0"s, "\xff\xfe\xfd"s, std::string(100'000, 'x'), "\n"s})
        mustDecide(bench, {{"key", odd}}, bench.vector().settings.settings_json,
                   "a secret of " + std::to_string(odd.size()) + " odd bytes");
}

void giveNoSecrets(Bench& bench) {
    const auto answer = createUnseen(bench.type(), {}, bench.vector().settings.settings_json);
    if (answer.status == HG_OK && answer.made)
        bench.report("lifecycle.no-secrets",
                     "makes an instance without secrets; refuse with HG_INVALID_SETTINGS and say "
                     "which one it needs");
    mustDecide(bench, {}, bench.vector().settings.settings_json, "no secrets");
}

// Examples are what operators copy.
void tryExamples(Bench& bench) {
    const auto schema = Json::parse(bench.type().info.settings_schema, nullptr, false);
    if (!schema.is_object()) return;
    const auto examples = schema.value("examples", Json::array());
    for (const auto& example : examples) {
        auto settings = bench.vector().settings;
        settings.settings_json = example.dump();
        std::string why;
        if (!bench.instantiate(settings, why))
            bench.report("lifecycle.example",
                         "refuses an example of its own schema, " + example.dump() + ": " + why);
    }
    auto alone = schema;
    alone.erase("required");
    const auto properties = propertiesOf(bench.type());
    for (const auto& [name, property] : properties.items()) {
        auto values = property.value("examples", Json::array());
        if (property.contains("default")) values.push_back(property["default"]);
        for (const auto& example : values)
            for (const auto& problem : settingsProblems(alone.dump(), Json{{name, example}}.dump()))
                bench.report("lifecycle.example",
                             std::string{"has an example of '"}.append(name).append(
                                 "' that its schema refuses: ") +
                                 problem);
    }
}

std::int64_t allocatedBytes() noexcept {
    const auto info = ::mallinfo2();
    return static_cast<std::int64_t>(info.uordblks + info.hblkhd);
}

// How much more is allocated after a thousand rounds; a few before them fill what is kept.
template <class Round>
std::int64_t growthOf(const Round& round) {
    constexpr int kWarmUp = 100;
    for (int i = 0; i < kWarmUp; ++i)
        round();
    const auto before = allocatedBytes();
    for (int i = 0; i < kRounds; ++i)
        round();
    return allocatedBytes() - before;
}

void comeAndGo(Bench& bench, const ProviderInProcess& provider) {
    const auto& vector = bench.vector();
    const auto tell = [&](const char* id, std::int64_t growth, const char* what) {
        if (growth > kGrowthBytesMax)
            bench.report(id, "keeps " + std::to_string(growth) + " bytes of a thousand " + what);
    };
    std::string why;
    bench.doing("a thousand instances");
    tell("lifecycle.growth", growthOf([&] { bench.instantiate(vector.settings, why); }),
         "instances that came and went");
    tell("lifecycle.growth",
         growthOf([&] { createUnseen(bench.type(), {}, vector.settings.settings_json); }),
         "instances that it refused");
    bench.doing("a thousand calls");
    tell("lifecycle.call-growth", growthOf([&] {
             static_cast<void>(bench.verify(provider, vector.request));
             static_cast<void>(bench.normalize(provider, vector.request));
         }),
         "calls");
}

} // namespace

void checkLifecycle(const Subject& subject, const Descriptor& plugin, Listener& listener) {
    std::string last;
    forEachVector(subject, plugin, listener, [&](Bench& bench, const ProviderInProcess& provider) {
        // One vector of each provider does: instances do not depend on requests.
        if (bench.vector().expect.verdict != "accept") return;
        if (std::exchange(last, bench.type().info.name) == last) return;
        giveBadSettings(bench);
        giveNoSecrets(bench);
        tryExamples(bench);
        comeAndGo(bench, provider);
    });
}

} // namespace hookgate::plugin::check
