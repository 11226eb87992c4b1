// Answers what a plugin says of a request: a JSON object in each line of the standard input, one in
// each line of the standard output. For vendors.test.mjs alone.
#include "core/base/crypto.hpp"
#include "core/base/log.hpp"
#include "core/explain/encodings.hpp"
#include "core/offline/request_view.hpp"
#include "core/plugin/provider_in_process.hpp"
#include "core/plugin/registry.hpp"
#include "core/simulate/signing.hpp"

#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

namespace {

namespace base = hookgate::base;
namespace plugin = hookgate::plugin;

using Json = nlohmann::json;

class SilentLog final : public base::Log {
public:
    bool enabled(base::LogLevel) const noexcept override { return false; }

    void write(base::LogLevel, std::string_view, base::LogFields) noexcept override {}
};

class Oracle {
public:
    explicit Oracle(const std::string& plugins)
        : registry_{{.directory = plugins}, plugin::inProcessInstances(log_, clock_)} {}

    Json answer(const Json& question) {
        const auto& instance = instanceFor(question);
        auto request = requestOf(question.at("request"));
        const auto now = question.at("now").get<base::UnixMs>();
        if (question.at("op") == "verify") {
            const hookgate::offline::RequestView view{request, now};
            const auto verdict = instance.verify(*view);
            return {{"accepted", verdict && verdict->decision != plugin::Decision::Reject}};
        }
        const auto made = hookgate::simulate::signedRequest(
            instance, std::move(request), question.value("privateKey", std::string{}), now);
        if (!made) return {{"error", made.error()}};
        Json headers = Json::object();
        for (const auto& [name, value] : made->headers)
            headers[name] = value;
        return {{"headers", headers}, {"url", made->url}};
    }

private:
    static plugin::check::SampleRequest requestOf(const Json& json) {
        plugin::check::SampleRequest request;
        request.method = json.value("method", request.method);
        for (const auto& [name, value] : json.at("headers").items())
            request.headers.emplace_back(name, value.get<std::string>());
        request.body =
            hookgate::explain::fromBase64(json.at("body").get<std::string>()).value_or("");
        hookgate::simulate::setUrl(request, json.at("url").get<std::string>());
        return request;
    }

    const plugin::ProviderInProcess& instanceFor(const Json& question) {
        const auto key = question.at("provider").get<std::string>() +
                         question.at("secrets").dump() + question.value("settings", Json{}).dump();
        auto& instance = instances_[key];
        if (instance) return *instance;
        plugin::InstanceSettings settings;
        settings.provider = question.at("provider").get<std::string>();
        for (const auto& secret : question.at("secrets"))
            settings.secrets.push_back({"k", secret.get<std::string>()});
        settings.settings_json = question.value("settings", Json::object()).dump();
        const auto* const type = registry_.current()->find(settings.provider);
        if (type == nullptr) throw std::runtime_error{"no plugin offers " + settings.provider};
        auto made = plugin::ProviderInProcess::create(
            *type, settings, {.log = log_, .clock = clock_, .may_sign = true});
        if (!made) throw std::runtime_error{made.error()};
        instance = std::move(*made);
        return *instance;
    }

    SilentLog log_;
    base::SystemClock clock_;
    plugin::Registry registry_;
    std::map<std::string, std::shared_ptr<const plugin::ProviderInProcess>> instances_;
};

} // namespace

int main(int argc, char** argv) {
    try {
        if (argc != 2) throw std::runtime_error{"usage: plugin_oracle PLUGINS_DIR"};
        Oracle oracle{argv[1]};
        std::string line;
        while (std::getline(std::cin, line)) {
            Json answer;
            try {
                answer = oracle.answer(Json::parse(line));
            } catch (const std::exception& e) {
                answer = {{"error", e.what()}};
            }
            std::cout << answer.dump() << std::endl;
        }
        return 0;
    } catch (const std::exception& e) {
        std::cerr << "plugin_oracle: " << e.what() << '\n';
        return 1;
    }
}
