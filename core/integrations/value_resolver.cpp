#include "core/integrations/value_resolver.hpp"

#include "core/config/file_access.hpp"

#include <cstddef>
#include <string_view>

namespace hookgate::integrations {
namespace {

constexpr std::size_t kFileBytesMax = std::size_t{64} * 1024;
constexpr std::string_view kPort = "${APP_PORT}";

using Value = base::Result<std::string, std::string>;

} // namespace

bool ValueResolver::production() const noexcept {
    return settings_.app_env == config::Environment::Production;
}

std::string ValueResolver::developmentValue(const domain::ValueReference& reference) const {
    auto value = reference.development;
    const auto port = std::to_string(settings_.app_port);
    for (auto at = value.find(kPort); at != std::string::npos;
         at = value.find(kPort, at + port.size()))
        value.replace(at, kPort.size(), port);
    return value;
}

Value ValueResolver::ofFile(const std::string& file, bool refuse_world_readable) const {
    if (refuse_world_readable && production() && config::isWorldReadable(file))
        return base::Error{"the file " + file +
                           " holds a secret and can be read by everybody; chmod o-rwx " + file};
    auto content = config::readFile(file, kFileBytesMax);
    if (!content) return base::Error{"the file " + file + " " + content.error()};
    if (content->ends_with('\n')) content->pop_back();
    if (content->ends_with('\r')) content->pop_back();
    if (content->empty()) return base::Error{"the file " + file + " is empty"};
    return content;
}

Value ValueResolver::ofVariable(const domain::ValueReference& reference) const {
    const auto found = settings_.variables.find(reference.env);
    if (found != settings_.variables.end() && !found->second.empty()) return found->second;
    auto value = production() ? std::string{} : developmentValue(reference);
    if (!value.empty()) return value;
    return base::Error{"the environment variable " + reference.env + " is not set"};
}

Value ValueResolver::url(const domain::ValueReference& reference) const {
    if (!reference.file.empty()) return ofFile(reference.file, false);
    if (!reference.env.empty()) return ofVariable(reference);
    return reference.literal;
}

Value ValueResolver::secret(const domain::ValueReference& reference) const {
    if (!reference.file.empty()) return ofFile(reference.file, true);
    auto value = ofVariable(reference);
    if (value && production() && !reference.development.empty() &&
        *value == developmentValue(reference))
        return base::Error{
            "the environment variable " + reference.env +
            " holds the value made for development, which everybody knows; production "
            "needs one of its own"};
    return value;
}

} // namespace hookgate::integrations
