#include "core/app/backends.hpp"
#include "core/app/plugin_loading.hpp"
#include "core/base/json_writer.hpp"
#include "core/base/printable.hpp"
#include "core/base/silent_log.hpp"
#include "core/base/time_text.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/exit_codes.hpp"
#include "core/cli/settings_loading.hpp"
#include "core/cli/usage.hpp"
#include "core/explain/explanation.hpp"
#include "core/explain/request_dump.hpp"
#include "core/offline/chosen_integration.hpp"
#include "core/offline/loaded_provider.hpp"
#include "core/plugin/check/vectors.hpp"
#include "core/plugin/provider_in_process.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

#include <sys/stat.h>

namespace hookgate::cli {
namespace {

using explain::Explanation;
using explain::SecretVariation;

constexpr std::size_t kDumpBytesMax = std::size_t{64} * 1024 * 1024;

// A request and what is known of it beside its bytes.
struct Evidence {
    plugin::check::SampleRequest request{};
    base::UnixMs received_at = 0;
    std::string provider{};
    std::string integration{};
    std::string remark{}; // what the operator should know of where it comes from
};

base::Result<std::string, std::string> contentOf(std::istream& in) {
    std::string content;
    std::array<char, 16384> buffer{};
    while (in.read(buffer.data(), buffer.size()) || in.gcount() > 0) {
        content.append(buffer.data(), static_cast<std::size_t>(in.gcount()));
        if (content.size() > kDumpBytesMax)
            return base::Error{std::string{"the dump has more than 64 MiB"}};
    }
    return content;
}

base::Result<Evidence, std::string> ofFile(const std::string& path) {
    Evidence evidence;
    std::ifstream file;
    if (path != "-") {
        file.open(path, std::ios::binary);
        if (!file) return base::Error{path + " cannot be read, and is no id of an event"};
    }
    auto content = contentOf(path == "-" ? std::cin : file);
    if (!content) return base::Error{content.error()};
    auto request = explain::parseDump(*content);
    if (!request) return base::Error{path + ": " + request.error()};
    evidence.request = std::move(*request);
    evidence.provider = explain::providerIn(evidence.request);
    evidence.received_at = base::SystemClock{}.unixMs();

    struct ::stat status {};

    if (path != "-" && ::stat(path.c_str(), &status) == 0)
        evidence.received_at =
            base::UnixMs{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1'000'000;
    return evidence;
}

base::Result<Evidence, std::string> ofEvent(const config::Settings& settings,
                                            const base::Uuid& id) {
    const auto details = app::openQueries(settings)->event(id);
    if (!details) return base::Error{"there is no event " + id.text()};
    Evidence evidence;
    evidence.request.headers = explain::parseHeaderLines(details->webhook.headers);
    evidence.request.body = details->webhook.body;
    evidence.request.path = "/api/v1/webhooks/" + details->event.provider;
    std::string host;
    for (const auto& [name, value] : evidence.request.headers)
        if (name == "host") host = value;
    evidence.request.url = "http://" + host + evidence.request.path;
    evidence.received_at = details->webhook.received_at;
    evidence.provider = details->event.provider;
    const auto& key_id = details->webhook.key_id;
    evidence.remark = "a stored webhook was authentic when it came" +
                      (key_id.empty() ? "" : ", by the secret " + base::printable(key_id)) +
                      "; this is what its plugin and the secrets of "
                      "now say of it, without the query of its URL, which is not stored";
    return evidence;
}

// How the gateway calls the URL: by the integration's public URL, or by the Host header.
std::string urlOf(const plugin::check::SampleRequest& request, const std::string& public_url) {
    if (public_url.empty()) return request.url;
    return public_url + (request.query.empty() ? "" : "?" + request.query);
}

// What one integration's secrets are: in use elsewhere, and in development.
template <class Add>
void addSecretsOf(const domain::Integration& integration, const config::Settings& settings,
                  const offline::ChosenIntegration& chosen, const Add& add) {
    const auto name = integration.provider + "/" + integration.name;
    const bool own =
        integration.provider == chosen.record.provider && integration.name == chosen.record.name;
    for (const auto& reference : integration.secrets) {
        auto one = integration;
        one.secrets = {reference};
        const auto key = reference.key_id.empty() ? "a secret" : "the secret " + reference.key_id;
        if (const auto resolved = offline::resolved(settings, one); resolved && !own) {
            auto text = std::string{"it was signed with "}.append(key);
            text.append(" of another integration, ").append(name);
            if (!integration.active) text.append(" (inactive)");
            add("other_integration", text, resolved->secrets.front().bytes);
        }
        add("development_secret",
            std::string{"it was signed with the development value of "}
                .append(key)
                .append(" of ")
                .append(name),
            reference.value.development);
    }
}

// The secrets of everything else: other integrations, development values, the plugin's samples.
std::vector<SecretVariation> otherSecrets(const config::Settings& settings,
                                          const offline::ChosenIntegration& chosen,
                                          const offline::LoadedProvider& provider) {
    std::vector<SecretVariation> others;
    const auto known = [&](const std::string& bytes) {
        return std::any_of(chosen.settings.secrets.begin(), chosen.settings.secrets.end(),
                           [&](const plugin::Secret& secret) { return secret.bytes == bytes; });
    };
    const auto add = [&](const char* id, const std::string& text, const std::string& bytes) {
        if (!bytes.empty() && !known(bytes)) others.push_back({{id, text}, {{{}, bytes}}});
    };
    if (const auto integrations = offline::integrationsOf(settings))
        for (const auto& integration : *integrations)
            addSecretsOf(integration, settings, chosen, add);
    for (const auto& vector : provider.vectors)
        for (const auto& secret : vector.settings.secrets)
            add("sample_secret", "it was signed with the secret of the plugin's public samples",
                secret.bytes);
    return others;
}

void printText(const Evidence& evidence, const Explanation& explanation, std::ostream& out) {
    if (explanation.decision == plugin::Decision::Reject)
        out << "rejected (" << plugin::check::nameOf(explanation.reason) << ")\n";
    else
        out << (explanation.decision == plugin::Decision::Accept ? "authentic"
                                                                 : "a handshake, answered")
            << (explanation.key_id.empty()
                    ? ""
                    : " by the secret " + base::printable(explanation.key_id))
            << '\n';
    for (const auto& finding : explanation.findings)
        out << "  " << finding.id << ": " << base::printable(finding.text) << '\n';
    if (!evidence.remark.empty()) out << "note: " << evidence.remark << '\n';
    out << "received at " << base::toRfc3339(evidence.received_at);
    if (explanation.signed_at != 0) out << ", signed at " << base::toRfc3339(explanation.signed_at);
    out << std::endl;
}

void printJson(const Evidence& evidence, const Explanation& explanation, std::ostream& out) {
    const bool rejected = explanation.decision == plugin::Decision::Reject;
    base::JsonWriter json;
    json.beginObject().key("verdict").string(plugin::check::nameOf(explanation.decision));
    json.key("reason").stringOrNull(rejected ? plugin::check::nameOf(explanation.reason) : "");
    json.key("keyId").stringOrNull(explanation.key_id);
    json.key("provider").string(evidence.provider).key("integration").string(evidence.integration);
    json.key("receivedAt").string(base::toRfc3339(evidence.received_at));
    json.key("signedAt")
        .stringOrNull(explanation.signed_at == 0 ? "" : base::toRfc3339(explanation.signed_at));
    json.key("findings").beginArray();
    for (const auto& finding : explanation.findings)
        json.beginObject()
            .key("id")
            .string(finding.id)
            .key("text")
            .string(finding.text)
            .endObject();
    json.endArray().endObject();
    out << json.text() << std::endl;
}

int refuse(const std::string& why, const Terminal& terminal) {
    terminal.err << "hookgate explain: " << base::printable(why) << '\n';
    return kConfiguration;
}

int runExplain(const Arguments& arguments, const Terminal& terminal) {
    if (arguments.operands.empty())
        return refuseUsage(kExplain, "explain which EVENT or FILE?", terminal);
    const auto loaded = loadSettings(arguments, terminal);
    if (!loaded) return kConfiguration;
    const auto& settings = loaded->settings;
    const auto& operand = arguments.operands.front();
    const auto id = base::Uuid::parse(operand);
    auto evidence = id ? ofEvent(settings, *id) : ofFile(operand);
    if (!evidence) return refuse(evidence.error(), terminal);
    if (const auto provider = arguments.option("--provider"); !provider.empty())
        evidence->provider = provider;
    if (evidence->provider.empty())
        return refuse("the path names no provider: say which with --provider NAME", terminal);
    if (const auto text = arguments.option("--received-at"); !text.empty()) {
        const auto time = base::parseIso8601(text);
        if (!time)
            return refuseUsage(kExplain, "--received-at takes a time like 2026-01-31T12:00:00Z",
                               terminal);
        evidence->received_at = *time;
    }

    base::SilentLog log;
    const base::SystemClock clock;
    const plugin::ProviderInProcess::Collaborators collaborators{
        .log = log, .clock = clock, .may_sign = true};
    // Not tried first: what crashes costs this command alone.
    const plugin::Registry registry{app::registryOptions(settings, {}),
                                    plugin::inProcessInstances(log, clock)};
    const auto chosen = offline::chooseIntegration(
        settings,
        {evidence->provider, arguments.option("--integration"), arguments.option("--secret")});
    const auto provider = offline::loadProvider(
        registry, settings.plugins_dir, chosen ? chosen->settings.provider : evidence->provider);
    if (!provider) return refuse(provider.error(), terminal);
    if (!chosen) return refuse(chosen.error(), terminal);
    evidence->integration = chosen->record.name;
    const auto by_host = evidence->request.url;
    evidence->request.url = urlOf(evidence->request, chosen->record.public_url);
    const auto explanation =
        explain::explain({.provider = *provider,
                          .settings = chosen->settings,
                          .request = evidence->request,
                          .received_at = evidence->received_at,
                          .urls = {by_host},
                          .others = otherSecrets(settings, *chosen, *provider)},
                         collaborators);
    if (!explanation)
        return refuse("the integration " + chosen->record.provider + "/" + chosen->record.name +
                          ": " + explanation.error(),
                      terminal);
    if (arguments.flag("--json"))
        printJson(*evidence, *explanation, terminal.out);
    else
        printText(*evidence, *explanation, terminal.out);
    return explanation->decision == plugin::Decision::Reject ? kFailure : kSuccess;
}

constexpr std::array<std::string_view, 5> kOptions{"--config", "--provider", "--integration",
                                                   "--received-at", "--secret"};
constexpr std::array<std::string_view, 1> kFlags{"--json"};

} // namespace

const Command kExplain{
    "explain",
    "explain FILE [--provider NAME] [--integration NAME] [--received-at TIME]\n"
    "  [--secret env:NAME|file:PATH] [--json] [--config FILE]\n"
    "hookgate explain EVENT [--json] [--config FILE]",
    "says why a webhook was not found authentic",
    "For operators: looks at a request again, with the secrets of the settings, and tries through\n"
    "the plugin what could have changed it. It changes no verdict and tells no secret. Exits with "
    "0\n"
    "when the request is authentic, with 1 when it is not.\n\n"
    "FILE, or - for the standard input, is a request as it was sent: request line, headers, an\n"
    "empty line, and the exact bytes of the body. Rejected webhooks are not stored; to capture "
    "one,\n"
    "let the provider repeat it to a port where `nc -l 8081 > request.http` listens, or have the\n"
    "proxy before hookgate write it down. EVENT is the id of a stored event.\n\n"
    "  --provider NAME       the word behind /webhooks/, when the path does not tell it\n"
    "  --integration NAME    of INTEGRATIONS_FILE; without it the provider's active one\n"
    "  --received-at TIME    when it came (ISO 8601); without it when FILE was written, or now\n"
    "  --secret PLACE        env:NAME or file:PATH: with this secret instead of the integration's\n"
    "  --json                for programs",
    {.options = kOptions, .operands_max = 1, .flags = kFlags},
    runExplain};

} // namespace hookgate::cli
