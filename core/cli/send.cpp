#include "core/app/plugin_loading.hpp"
#include "core/base/printable.hpp"
#include "core/base/silent_log.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/exit_codes.hpp"
#include "core/cli/settings_loading.hpp"
#include "core/cli/usage.hpp"
#include "core/offline/chosen_integration.hpp"
#include "core/offline/loaded_provider.hpp"
#include "core/offline/request_view.hpp"
#include "core/offline/suggestion.hpp"
#include "core/plugin/provider_in_process.hpp"
#include "core/simulate/body_edits.hpp"
#include "core/simulate/fresh_sample.hpp"
#include "core/simulate/post.hpp"
#include "core/simulate/samples.hpp"
#include "core/simulate/signing.hpp"

#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

namespace hookgate::cli {
namespace {

using plugin::ProviderInProcess;
using plugin::check::SampleRequest;

constexpr std::chrono::milliseconds kTimeout{30'000};
constexpr int kCountMax = 10'000;

// Everything that a request is made from.
struct Simulation {
    std::shared_ptr<const ProviderInProcess> provider;
    simulate::Sample sample;
    std::optional<std::string> body{}; // instead of the sample's
    std::vector<std::string> edits{};
    std::string private_key{};
    std::string to{};         // where it is sent
    std::string signed_url{}; // how the provider knows that place
};

// Where the gateway of these settings takes the provider's webhooks.
std::string urlOf(const config::Settings& settings, const std::string& provider) {
    auto host = settings.app_host;
    if (host == "0.0.0.0") host = "127.0.0.1";
    if (host == "::") host = "::1";
    if (host.find(':') != std::string::npos) host = '[' + host + ']';
    return "http://" + host + ':' + std::to_string(settings.app_port) + "/api/v1/webhooks/" +
           provider;
}

base::Result<std::string, std::string> contentOf(const std::string& path) {
    std::ifstream in{path, std::ios::binary};
    std::string content{std::istreambuf_iterator<char>{in}, {}};
    if (!in.is_open() || in.bad()) return base::Error{"--body " + path + " cannot be read"};
    return content;
}

std::string contentTypeOf(const SampleRequest& request) {
    for (const auto& [name, value] : request.headers)
        if (name == "content-type") return value;
    return {};
}

// One request, signed now.
base::Result<SampleRequest, std::string> requestOf(const Simulation& simulation, base::UnixMs now) {
    auto request = simulation.body ? simulate::withFreshHeaders(simulation.sample, now)
                                   : simulate::freshened(simulation.sample, now);
    if (simulation.body) request.body = *simulation.body;
    auto body = simulate::edited(request.body, contentTypeOf(request), simulation.edits);
    if (!body) return base::Error{body.error()};
    request.body = std::move(*body);
    simulate::setUrl(request, simulation.signed_url);
    return simulate::signedRequest(*simulation.provider, std::move(request), simulation.private_key,
                                   now);
}

// What the gateway will find in it, in a line.
std::string describe(const Simulation& simulation, const SampleRequest& request, base::UnixMs now) {
    const offline::RequestView view{request, now};
    std::string text;
    const auto events = simulation.provider->normalize(*view);
    if (!events) return "a request that is no event: " + events.error().explanation;
    for (const auto& event : *events) {
        text.append(text.empty() ? "" : ", ").append(event.type);
        if (!event.external_id.empty()) text.append(" ").append(event.external_id);
    }
    return text;
}

int sendOne(const Simulation& simulation, bool print_only, const Terminal& terminal) {
    const auto now = base::SystemClock{}.unixMs();
    const auto request = requestOf(simulation, now);
    if (!request) {
        terminal.err << "hookgate send: " << request.error() << '\n';
        return kConfiguration;
    }
    if (print_only) {
        terminal.out << simulate::dumped(*request);
        return kSuccess;
    }
    const offline::RequestView view{*request, now};
    const auto verdict = simulation.provider->verify(*view);
    if (!verdict || verdict->decision == plugin::Decision::Reject)
        terminal.err << "warning: the integration's own secrets do not verify it; does the private "
                        "key belong to them?\n";
    const auto url =
        simulation.to + (request->query.empty() ? std::string{} : "?" + request->query);
    const auto reply = simulate::post(url, *request, kTimeout);
    if (!reply) {
        terminal.err << "hookgate send: " << reply.error() << '\n';
        return kFailure;
    }
    terminal.out << base::printable(describe(simulation, *request, now)) << " -> " << reply->status
                 << " in " << reply->took.count() << " ms " << base::printable(reply->body)
                 << std::endl;
    return reply->status >= 200 && reply->status < 300 ? kSuccess : kFailure;
}

int refuse(const std::string& why, const Terminal& terminal) {
    terminal.err << "hookgate send: " << why << '\n';
    return kConfiguration;
}

// How often to send; 0: no such number.
int countOf(const Arguments& arguments) {
    const auto text = arguments.option("--count");
    if (text.empty()) return 1;
    int count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    return error == std::errc{} && end == text.data() + text.size() && count >= 1 &&
                   count <= kCountMax
               ? count
               : 0;
}

int listTypes(const offline::LoadedProvider& provider,
              const ProviderInProcess::Collaborators& collaborators, const Terminal& terminal) {
    for (const auto& type :
         simulate::typesOf(simulate::samplesOf(provider, nullptr, collaborators)))
        terminal.out << type << '\n';
    return kSuccess;
}

// The instance, the sample and where to send it; the error is for the operator.
base::Result<Simulation, std::string> prepare(
    const Arguments& arguments, const config::Settings& settings,
    const offline::LoadedProvider& provider, const offline::ChosenIntegration& integration,
    const ProviderInProcess::Collaborators& collaborators) {
    Simulation simulation;
    auto made = ProviderInProcess::create(provider.type, integration.settings, collaborators);
    if (!made)
        return base::Error{"the integration " + integration.record.provider + "/" +
                           integration.record.name + ": " + made.error()};
    simulation.provider = std::move(*made);
    const auto samples = simulate::samplesOf(provider, simulation.provider.get(), collaborators);
    const auto& type = arguments.operands[1];
    const auto found =
        std::find_if(samples.begin(), samples.end(),
                     [&](const simulate::Sample& sample) { return sample.has(type); });
    if (found == samples.end()) {
        const auto types = simulate::typesOf(samples);
        return base::Error{provider.type.info.name + " has no sample of the type " + type +
                           offline::suggestion(type, types) + "; it has " + offline::listed(types)};
    }
    simulation.sample = *found;
    if (const auto path = arguments.option("--body"); !path.empty()) {
        auto content = contentOf(path);
        if (!content) return base::Error{content.error()};
        simulation.body = std::move(*content);
    }
    simulation.edits = arguments.values("--set");
    if (const auto file = arguments.option("--private-key"); !file.empty()) {
        auto key = offline::secretAt(settings, "file:" + file);
        if (!key) return base::Error{"--private-key: " + key.error()};
        simulation.private_key = std::move(*key);
    }
    const auto to = arguments.option("--to");
    simulation.to = to.empty() ? urlOf(settings, integration.record.provider) : to;
    simulation.signed_url =
        integration.record.public_url.empty() ? simulation.to : integration.record.public_url;
    return simulation;
}

int runSend(const Arguments& arguments, const Terminal& terminal) {
    const bool lists = arguments.flag("--list");
    const auto count = countOf(arguments);
    if (count == 0) return refuseUsage(kSend, "--count takes a number from 1 to 10000", terminal);
    if (arguments.operands.empty()) return refuseUsage(kSend, "send as which PROVIDER?", terminal);
    if (arguments.operands.size() < 2 && !lists)
        return refuseUsage(kSend, "send which TYPE? --list names them", terminal);
    const auto loaded = loadSettings(arguments, terminal);
    if (!loaded) return kConfiguration;
    const auto& settings = loaded->settings;

    base::SilentLog log;
    const base::SystemClock clock;
    const ProviderInProcess::Collaborators collaborators{
        .log = log, .clock = clock, .may_sign = true};
    // Not tried first: what crashes costs this command alone.
    const plugin::Registry registry{app::registryOptions(settings, {}),
                                    plugin::inProcessInstances(log, clock)};
    const auto& word = arguments.operands.front();
    if (lists) {
        const auto provider = offline::loadProvider(registry, settings.plugins_dir, word);
        return provider ? listTypes(*provider, collaborators, terminal)
                        : refuse(provider.error(), terminal);
    }
    const offline::Choice choice{word, arguments.option("--integration"),
                                 arguments.option("--secret")};
    auto integration = offline::chooseIntegration(settings, choice);
    const auto provider = offline::loadProvider(
        registry, settings.plugins_dir, integration ? integration->settings.provider : word);
    if (!provider) return refuse(provider.error(), terminal);
    if (!integration) return refuse(integration.error(), terminal);
    const auto simulation = prepare(arguments, settings, *provider, *integration, collaborators);
    if (!simulation) return refuse(simulation.error(), terminal);
    int worst = kSuccess;
    for (int sent = 0; sent < count; ++sent) {
        const auto code = sendOne(*simulation, arguments.flag("--print"), terminal);
        if (code == kConfiguration) return code;
        worst = std::max(worst, code);
    }
    return worst;
}

constexpr std::array<std::string_view, 7> kOptions{
    "--config", "--to", "--integration", "--body", "--count", "--secret", "--private-key"};
constexpr std::array<std::string_view, 2> kFlags{"--list", "--print"};
constexpr std::array<std::string_view, 1> kRepeated{"--set"};

} // namespace

const Command kSend{
    "send",
    "send PROVIDER TYPE [--to URL] [--integration NAME] [--body FILE] [--set /POINTER=VALUE]...\n"
    "  [--count N] [--secret env:NAME|file:PATH] [--private-key FILE] [--print] [--config FILE]\n"
    "hookgate send PROVIDER --list",
    "sends a webhook as the provider would, signed",
    "Takes a sample of the type, gives it the time and another id, signs it with the "
    "integration's\n"
    "newest secret as `serve` finds it, and posts it to the gateway of the settings\n"
    "(http://APP_HOST:APP_PORT). Exits with 0 when every answer is a 2xx, else with 1.\n\n"
    "  --list                what types there are\n"
    "  --to URL              send it there, and nowhere else; redirects are not followed\n"
    "  --integration NAME    of INTEGRATIONS_FILE; without it the provider's active one\n"
    "  --body FILE           these bytes instead of the sample's; its headers stay\n"
    "  --set /POINTER=VALUE  changes the body at a JSON pointer, or a form's field; may be "
    "repeated\n"
    "  --count N             so many, each with an id of its own\n"
    "  --secret PLACE        env:NAME or file:PATH: another secret than the integration's\n"
    "  --private-key FILE    for schemes with a key pair, where the gateway has the public key\n"
    "  --print               show the request instead of sending it, as `explain` reads it",
    {.options = kOptions, .operands_max = 2, .flags = kFlags, .repeated = kRepeated},
    runSend};

} // namespace hookgate::cli
