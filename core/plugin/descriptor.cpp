#include "core/plugin/descriptor.hpp"

#include "core/base/text.hpp"
#include "core/plugin/settings_schema.hpp"

#include <algorithm>
#include <span>

namespace hookgate::plugin {
namespace {

constexpr std::uint32_t kProvidersMax = 64;
constexpr std::uint32_t kListMax = 32;
constexpr std::uint64_t kTextBytesMax = std::uint64_t{64} * 1024;
constexpr std::uint32_t kToleranceMsMax = 7U * 24 * 60 * 60 * 1000;

// What version 1.0 of the ABI had: plugins built then are no shorter.
constexpr std::size_t kPluginBytes = 40;
constexpr std::size_t kProviderBytes = 192;
static_assert(sizeof(hg_plugin) >= kPluginBytes && sizeof(hg_provider) >= kProviderBytes);

// A descriptor that cannot be used; caught by readDescriptor.
struct Broken {
    std::string why;
};

bool aligned(const void* data) noexcept {
    return reinterpret_cast<std::uintptr_t>(data) % alignof(void*) == 0; // NOLINT(*-cast)
}

std::string textOf(hg_str text, const Image& image, std::string_view what) {
    if (text.size == 0) return {};
    if (text.size > kTextBytesMax || !image.contains(text.data, text.size))
        throw Broken{"its " + std::string{what} + " does not lie in the plugin"};
    std::string result{text.data, static_cast<std::size_t>(text.size)};
    if (!base::isUtf8(result)) throw Broken{"its " + std::string{what} + " is no UTF-8"};
    return result;
}

bool isToken(std::string_view text, bool upper) noexcept {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        const bool letter = upper ? c >= 'A' && c <= 'Z' : c >= 'a' && c <= 'z';
        return letter || (c >= '0' && c <= '9') || kMarks.find(c) != std::string_view::npos;
    });
}

std::vector<std::string> listOf(const hg_str* first, std::uint32_t count, const Image& image,
                                std::string_view what) {
    std::vector<std::string> list;
    if (count == 0) return list;
    if (count > kListMax || !aligned(first) || !image.contains(first, count * sizeof(hg_str)))
        throw Broken{"its list of " + std::string{what} + " does not lie in the plugin"};
    for (const auto& text : std::span{first, count})
        list.push_back(textOf(text, image, what));
    return list;
}

void requireFunctions(const hg_provider& provider, const std::string& name) {
    const auto missing = [&](const char* function) {
        return Broken{"provider '" + name + "' has no " + function +
                      "(); every provider needs create, destroy, verify and normalize"};
    };
    if (provider.create == nullptr) throw missing("create");
    if (provider.destroy == nullptr) throw missing("destroy");
    if (provider.verify == nullptr) throw missing("verify");
    if (provider.normalize == nullptr) throw missing("normalize");
}

void requireWords(const ProviderInfo& info) {
    for (const auto& header : info.secret_headers)
        if (!isToken(header, false))
            throw Broken{"provider '" + info.name + "' declares '" + header +
                         "' as a secret header; header names are tokens in lower case"};
    for (const auto& method : info.methods)
        if (!isToken(method, true) || method == "POST")
            throw Broken{"provider '" + info.name + "' declares the method '" + method +
                         "'; methods are upper-case tokens beside POST"};
    if (const auto problem = schemaProblem(info.settings_schema); !problem.empty())
        throw Broken{"provider '" + info.name +
                     "' has settings whose schema cannot be used: " + problem};
}

// The elements of a list in the plugin's image.
template <class T>
std::span<const T> listIn(const Image& image, const T* first, std::uint32_t count,
                          std::string_view what) {
    if (count == 0) return {};
    const void* const data = first;
    const bool inside =
        reinterpret_cast<std::uintptr_t>(data) % alignof(T) == 0 && // NOLINT(*-cast)
        image.contains(data, count * sizeof(T));
    if (count > kListMax || !inside)
        throw Broken{"its list of " + std::string{what} + " does not lie in the plugin"};
    return {first, count};
}

Answer answerOf(const hg_answer& answer, const std::string& provider, const Image& image) {
    const auto refuse = [&](const std::string& why) {
        return Broken{"provider '" + provider + "' declares an answer " + why};
    };
    if (answer.outcome < HG_OUTCOME_ACCEPTED || answer.outcome > HG_OUTCOME_UNAVAILABLE)
        throw refuse("to an outcome that is none");
    Answer result{.outcome = static_cast<Outcome>(answer.outcome - HG_OUTCOME_ACCEPTED),
                  .status = static_cast<int>(std::min(answer.status, 1000U)),
                  .content_type = textOf(answer.content_type, image, "answer's content type"),
                  .body = textOf(answer.body, image, "answer")};
    const bool taken = answer.outcome <= HG_OUTCOME_IGNORED;
    const int lowest = taken ? 200 : 400;
    const int highest = taken ? 299 : 599;
    if (result.status < lowest || result.status > highest)
        throw refuse("of status " + std::to_string(answer.status) + " to '" +
                     std::string{nameOf(result.outcome)} + "'; possible are " +
                     std::to_string(lowest) + " to " + std::to_string(highest));
    if (result.status == 204 && !result.body.empty()) throw refuse("of status 204 with a body");
    const bool printable = std::all_of(result.content_type.begin(), result.content_type.end(),
                                       [](char c) { return c >= 0x20 && c != 0x7f; });
    if (result.body.empty() != result.content_type.empty() || !printable)
        throw refuse("whose content type does not go with its body");
    return result;
}

Contract contractOf(const hg_provider& provider, const std::string& name, const Image& image) {
    Contract contract;
    contract.content_types =
        listOf(provider.content_types, provider.content_type_count, image, "content types");
    for (const auto& type : contract.content_types)
        if (type.find('/') == std::string::npos || base::toLower(type) != type ||
            type.find_first_of("; \t\r\n") != std::string::npos)
            throw Broken{"provider '" + name + "' declares the content type '" + type +
                         "'; they are media types in lower case without parameters"};
    for (const auto& answer : listIn(image, provider.answers, provider.answer_count, "answers"))
        contract.answers.push_back(answerOf(answer, name, image));
    for (const auto status :
         listIn(image, provider.retries_on, provider.retries_on_count, "statuses")) {
        if (status < 300 || status > 599)
            throw Broken{"provider '" + name + "' sends again after " + std::to_string(status) +
                         ", which is no failure"};
        contract.retries_on.push_back(static_cast<int>(status));
    }
    contract.sends_once = (provider.traits & HG_TRAIT_SENDS_ONCE) != 0;
    contract.deadline = std::chrono::milliseconds{provider.deadline_ms};
    if (provider.tolerance_ms > kToleranceMsMax)
        throw Broken{"provider '" + name + "' tolerates more than a week"};
    contract.tolerance = std::chrono::milliseconds{provider.tolerance_ms};
    contract.body_bytes_max = provider.body_bytes_max;
    return contract;
}

ProviderType readProvider(const hg_provider* provider, const Image& image) {
    if (provider == nullptr || !aligned(provider) || !image.contains(provider, kProviderBytes))
        throw Broken{"one of its providers does not lie in the plugin"};
    if (provider->struct_size < kProviderBytes)
        throw Broken{"one of its providers is shorter than the ABI says"};
    ProviderType type;
    type.functions = provider;
    type.image = image;
    auto& info = type.info;
    info.name = textOf(provider->name, image, "provider's name");
    if (!base::isProviderName(info.name))
        throw Broken{"it names a provider '" + base::repairUtf8(info.name) +
                     "'; names are [a-z0-9][a-z0-9_-]{0,62}"};
    info.title = textOf(provider->title, image, "provider's title");
    info.settings_schema = textOf(provider->settings_schema, image, "settings schema");
    info.secret_headers =
        listOf(provider->secret_headers, provider->secret_header_count, image, "secret headers");
    info.methods = listOf(provider->methods, provider->method_count, image, "methods");
    info.formats = provider->format != nullptr;
    info.signs_body = (provider->traits & HG_TRAIT_BODY_UNSIGNED) == 0;
    info.contract = contractOf(*provider, info.name, image);
    requireFunctions(*provider, info.name);
    requireWords(info);
    return type;
}

Descriptor read(const hg_plugin& plugin, const Image& image) {
    Descriptor descriptor;
    descriptor.abi = std::to_string(plugin.abi_major) + '.' + std::to_string(plugin.abi_minor);
    if (plugin.abi_major != HG_ABI_MAJOR || plugin.abi_minor > HG_ABI_MINOR)
        throw Broken{"it speaks plugin ABI " + descriptor.abi + ", this gateway speaks " +
                     std::to_string(HG_ABI_MAJOR) + '.' + std::to_string(HG_ABI_MINOR) +
                     "; rebuild it with this gateway's SDK"};
    if (plugin.struct_size < kPluginBytes)
        throw Broken{"its hg_plugin_v1 is shorter than the ABI says"};
    if (plugin.provider_count == 0 || plugin.provider_count > kProvidersMax)
        throw Broken{"it declares " + std::to_string(plugin.provider_count) +
                     " providers; 1 to 64 are possible"};
    descriptor.version = textOf(plugin.version, image, "version");
    if (!aligned(static_cast<const void*>(plugin.providers)) ||
        !image.contains(static_cast<const void*>(plugin.providers),
                        plugin.provider_count * sizeof(hg_provider*)))
        throw Broken{"its list of providers does not lie in the plugin"};
    for (const auto* const provider : std::span{plugin.providers, plugin.provider_count}) {
        auto type = readProvider(provider, image);
        const bool twice = std::any_of(
            descriptor.providers.begin(), descriptor.providers.end(),
            [&](const ProviderType& other) { return other.info.name == type.info.name; });
        if (twice) throw Broken{"it names the provider '" + type.info.name + "' twice"};
        descriptor.providers.push_back(std::move(type));
    }
    return descriptor;
}

} // namespace

base::Result<Descriptor, std::string> readDescriptor(const hg_plugin* plugin, const Image& image) {
    // The first three fields tell whether the rest may be read.
    if (plugin == nullptr || !aligned(plugin) || !image.contains(plugin, kPluginBytes))
        return base::Error{
            std::string{"its hg_plugin_v1 is no plugin descriptor; use HG_EXPORT_PROVIDERS(...)"}};
    try {
        return read(*plugin, image);
    } catch (Broken& broken) {
        return base::Error{std::move(broken.why)};
    }
}

} // namespace hookgate::plugin
