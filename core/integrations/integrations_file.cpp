#include "core/integrations/integrations_file.hpp"

#include "core/base/text.hpp"
#include "core/config/file_access.hpp"
#include "core/integrations/strict_json.hpp"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <set>
#include <utility>

namespace hookgate::integrations {
namespace {

constexpr std::size_t kFileBytesMax = std::size_t{1024} * 1024;
constexpr std::size_t kNameBytesMax = 100;
constexpr std::size_t kSecretsMax = 16;

bool isVariableName(std::string_view name) noexcept {
    const auto allowed = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '_';
    };
    return !name.empty() && (name.front() < '0' || name.front() > '9') &&
           std::ranges::all_of(name, allowed);
}

bool isPlainText(std::string_view text) noexcept {
    return !base::trim(text).empty() && text.size() <= kNameBytesMax &&
           std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

// Reads one object of the file; every problem is told with the place it was found at.
class ObjectReader {
public:
    ObjectReader(const Json& object, std::string place, Problems& problems)
        : object_{object},
          place_{std::move(place)},
          problems_{problems} {}

    void problem(std::string_view text) { problems_.push_back(place_ + ": " + std::string{text}); }

    void allowOnly(std::initializer_list<std::string_view> keys) {
        std::string known;
        for (const auto& key : keys)
            known += (known.empty() ? "" : ", ") + std::string{key};
        for (const auto& item : object_.items())
            if (std::ranges::find(keys, item.key()) == keys.end())
                problem("unknown key \"" + item.key() + "\"; known are " + known);
    }

    // Empty when it is missing; a problem when it is no text.
    std::string text(const char* key) {
        const auto found = object_.find(key);
        if (found == object_.end()) return {};
        if (found->is_string() && !found->get_ref<const std::string&>().empty())
            return found->get<std::string>();
        problem(std::string{key} + " has to be a text that is not empty");
        return {};
    }

    bool flag(const char* key, bool fallback) {
        const auto found = object_.find(key);
        if (found == object_.end()) return fallback;
        if (!found->is_boolean()) problem(std::string{key} + " has to be true or false");
        return found->is_boolean() ? found->get<bool>() : fallback;
    }

    const Json* find(const char* key) const {
        const auto found = object_.find(key);
        return found == object_.end() ? nullptr : &*found;
    }

    // The env, development and file of a reference that this object is.
    domain::ValueReference reference() {
        domain::ValueReference reference;
        reference.env = text("env");
        reference.development = text("development");
        reference.file = text("file");
        const bool env = find("env") != nullptr;
        const bool file = find("file") != nullptr;
        if (env == file) problem(R"(has to have either "env" or "file")");
        if (!env && !reference.development.empty())
            problem(R"("development" goes with "env" only)");
        if (!reference.env.empty() && !isVariableName(reference.env))
            problem("env \"" + reference.env + "\" is no name of an environment variable");
        if (!reference.file.empty() && reference.file.front() != '/')
            problem("file \"" + reference.file + "\" has to be an absolute path");
        return reference;
    }

private:
    const Json& object_;
    std::string place_;
    Problems& problems_;
};

class EntryReader {
public:
    EntryReader(const Json& entry, std::string place, Problems& problems)
        : place_{std::move(place)},
          problems_{problems},
          reader_{entry, place_, problems} {}

    domain::Integration read() {
        reader_.allowOnly({"provider", "name", "callbackUrl", "secrets", "active", "settings",
                           "plugin", "publicUrl", "toleranceSeconds"});
        domain::Integration integration;
        integration.provider = provider();
        integration.name = name(integration.provider);
        integration.callback_url = callbackUrl();
        integration.secrets = secrets();
        integration.active = reader_.flag("active", true);
        if (const auto* settings = reader_.find("settings")) {
            if (!settings->is_object()) reader_.problem("settings has to be an object");
            integration.settings_json = settings->dump();
        }
        integration.plugin = reader_.text("plugin");
        if (!integration.plugin.empty() && !base::isProviderName(integration.plugin))
            reader_.problem("plugin \"" + integration.plugin +
                            "\" is no name of a provider that a plugin offers");
        integration.public_url = publicUrl();
        integration.tolerance_s = toleranceSeconds();
        return integration;
    }

private:
    std::string provider() {
        auto provider = reader_.text("provider");
        if (reader_.find("provider") == nullptr)
            reader_.problem("provider is missing: the word in the URL, as the plugin declares it");
        else if (!provider.empty() && !base::isProviderName(provider))
            reader_.problem("provider \"" + provider +
                            "\" is not of the form [a-z0-9][a-z0-9_-]{0,62}");
        return provider;
    }

    std::string name(const std::string& provider) {
        auto name = reader_.text("name");
        if (!name.empty() && !isPlainText(name))
            reader_.problem("name has to be one line of at most 100 characters");
        return name.empty() ? provider : name;
    }

    domain::ValueReference callbackUrl() {
        const auto* value = reader_.find("callbackUrl");
        if (value == nullptr) {
            reader_.problem("callbackUrl is missing: where the events go");
            return {};
        }
        if (value->is_object()) {
            ObjectReader reference{*value, place_ + ": callbackUrl", problems_};
            reference.allowOnly({"env", "development", "file"});
            return reference.reference();
        }
        domain::ValueReference literal;
        literal.literal = reader_.text("callbackUrl");
        return literal;
    }

    // Where the provider sends to, as its console shows it: some sign it.
    std::string publicUrl() {
        auto url = reader_.text("publicUrl");
        const bool absolute = url.starts_with("https://") || url.starts_with("http://");
        const bool plain = std::ranges::none_of(url, [](char c) {
            return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '?' || c == '#';
        });
        if (!url.empty() && (!absolute || !plain))
            reader_.problem(
                "publicUrl has to be an absolute http or https URL without a query: "
                "the query comes with each request");
        return url;
    }

    std::optional<std::int32_t> toleranceSeconds() {
        constexpr std::int32_t kWeekS = 7 * 24 * 60 * 60;
        const auto* value = reader_.find("toleranceSeconds");
        if (value == nullptr) return std::nullopt;
        const bool possible = value->is_number_integer() && *value >= 0 && *value <= kWeekS;
        if (possible) return value->get<std::int32_t>();
        reader_.problem("toleranceSeconds has to be a whole number from 0 (not checked) to " +
                        std::to_string(kWeekS));
        return std::nullopt;
    }

    std::vector<domain::SecretReference> secrets() {
        std::vector<domain::SecretReference> secrets;
        const auto* list = reader_.find("secrets");
        if (list == nullptr) return secrets;
        if (!list->is_array() || list->size() > kSecretsMax) {
            reader_.problem("secrets has to be a list of at most 16, newest first");
            return secrets;
        }
        for (const auto& item : *list)
            secrets.push_back(secret(item, "secrets[" + std::to_string(secrets.size()) + "]"));
        return secrets;
    }

    domain::SecretReference secret(const Json& item, const std::string& which) {
        if (!item.is_object()) {
            reader_.problem(which + R"( has to be {"env": "NAME"} or {"file": "/path"}; )" +
                            "a secret itself is never written here");
            return {};
        }
        ObjectReader reader{item, place_ + ": " + which, problems_};
        reader.allowOnly({"env", "development", "file", "keyId"});
        domain::SecretReference secret{reader.text("keyId"), reader.reference()};
        if (!secret.key_id.empty() && !isPlainText(secret.key_id))
            reader.problem("keyId has to be one line of at most 100 characters");
        return secret;
    }

    std::string place_;
    Problems& problems_;
    ObjectReader reader_;
};

std::string placeOf(std::string_view file, std::size_t index, const Json& entry) {
    auto place = std::string{file} + ": entry " + std::to_string(index + 1);
    const auto provider = entry.is_object() ? entry.find("provider") : entry.end();
    const bool named = entry.is_object() && provider != entry.end() && provider->is_string() &&
                       base::isProviderName(provider->get_ref<const std::string&>());
    return named ? place + " (" + provider->get<std::string>() + ")" : place;
}

void checkTogether(const std::vector<domain::Integration>& integrations, std::string_view file,
                   Problems& problems) {
    std::set<std::pair<std::string, std::string>> names;
    std::map<std::string, std::size_t> active;
    for (std::size_t i = 0; i < integrations.size(); ++i) {
        const auto& [provider, name] = std::tie(integrations[i].provider, integrations[i].name);
        if (provider.empty()) continue;
        const auto place = std::string{file} + ": entry " + std::to_string(i + 1);
        if (!names.emplace(provider, name).second)
            problems.push_back(place + ": provider \"" + provider +
                               "\" has a second integration named \"" + name +
                               "\"; give it a name of its own");
        if (!integrations[i].active) continue;
        if (const auto [first, fresh] = active.emplace(provider, i); !fresh)
            problems.push_back(place + ": provider \"" + provider + "\" is active in entry " +
                               std::to_string(first->second + 1) +
                               R"( already; set "active": false in one of the two)");
    }
}

} // namespace

base::Result<std::vector<domain::Integration>, Problems> parseIntegrations(std::string_view text,
                                                                           std::string_view file) {
    auto list = parseStrictJson(text);
    if (!list) return base::Error{Problems{std::string{file} + ": " + list.error()}};
    if (!list->is_array())
        return base::Error{
            Problems{std::string{file} + ": has to be a list of integrations: [{...}]"}};
    Problems problems;
    std::vector<domain::Integration> integrations;
    for (const auto& entry : *list) {
        const auto place = placeOf(file, integrations.size(), entry);
        if (!entry.is_object()) problems.push_back(place + ": has to be an object");
        integrations.push_back(entry.is_object() ? EntryReader{entry, place, problems}.read()
                                                 : domain::Integration{});
    }
    checkTogether(integrations, file, problems);
    if (!problems.empty()) return base::Error{std::move(problems)};
    return integrations;
}

base::Result<std::vector<domain::Integration>, Problems> readIntegrations(
    const std::filesystem::path& file) {
    const auto content = config::readFile(file.string(), kFileBytesMax);
    if (!content)
        return base::Error{Problems{"INTEGRATIONS_FILE " + file.string() + " " + content.error()}};
    return parseIntegrations(*content, file.string());
}

} // namespace hookgate::integrations
