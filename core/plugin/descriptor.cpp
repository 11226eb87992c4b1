#include "core/plugin/descriptor.hpp"

#include "core/base/text.hpp"
#include "core/plugin/json_index.hpp"

#include <algorithm>
#include <span>

namespace hookgate::plugin {
namespace {

constexpr std::uint32_t kProvidersMax = 64;
constexpr std::uint32_t kListMax = 32;
constexpr std::uint64_t kTextBytesMax = std::uint64_t{64} * 1024;

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
    JsonIndex schema;
    if (schema.parse(info.settings_schema) != JsonError::None ||
        schema.at(0).kind != JsonKind::Object)
        throw Broken{"provider '" + info.name + "' has a settings schema that is no JSON object"};
}

ProviderType readProvider(const hg_provider* provider, const Image& image) {
    if (provider == nullptr || !aligned(provider) || !image.contains(provider, sizeof(hg_provider)))
        throw Broken{"one of its providers does not lie in the plugin"};
    if (provider->struct_size < sizeof(hg_provider))
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
    if (plugin.struct_size < sizeof(hg_plugin))
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
    if (plugin == nullptr || !aligned(plugin) || !image.contains(plugin, sizeof(hg_plugin)))
        return base::Error{
            std::string{"its hg_plugin_v1 is no plugin descriptor; use HG_EXPORT_PROVIDERS(...)"}};
    try {
        return read(*plugin, image);
    } catch (Broken& broken) {
        return base::Error{std::move(broken.why)};
    }
}

} // namespace hookgate::plugin
