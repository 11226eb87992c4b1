#include "core/cli/plugin_state_change.hpp"

#include "core/cli/exit_codes.hpp"
#include "core/cli/gateway_client.hpp"

#include <ostream>
#include <string>

namespace hookgate::cli {

int changePluginState(const config::Settings& settings, std::string_view path,
                      const nlohmann::json& body, const Terminal& terminal) {
    const auto answer = GatewayClient{settings}.post(path, body);
    if (!answer) {
        terminal.err << "hookgate: " << answer.error() << '\n';
        return kFailure;
    }
    constexpr int kOk = 200;
    const auto text = [&](const char* pointer) {
        const nlohmann::json::json_pointer where{pointer};
        return answer->body.contains(where) && answer->body.at(where).is_string()
                   ? answer->body.at(where).get<std::string>()
                   : std::string{};
    };
    if (answer->status == kOk) {
        terminal.out << text("/data/provider") << " is " << text("/data/state") << '\n';
        return kSuccess;
    }
    terminal.err << "hookgate: " << text("/error/message") << '\n';
    const nlohmann::json::json_pointer details{"/error/details"};
    if (answer->body.contains(details) && !answer->body.at(details).empty())
        terminal.err << answer->body.at(details).dump() << '\n';
    return kFailure;
}

} // namespace hookgate::cli
