#include "core/cli/reload_report.hpp"

#include "core/base/printable.hpp"
#include "core/cli/exit_codes.hpp"

#include <ostream>
#include <string_view>

namespace hookgate::cli {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kHashShown = 12;

void printRefused(const Json& report, std::ostream& out) {
    for (const auto& refused : report.value("refused", Json::array()))
        out << "  " << base::printable(refused.value("file", ""))
            << "  REFUSED: " << base::printable(refused.value("reason", "")) << '\n';
    for (const auto& problem : report.value("problems", Json::array()))
        if (problem.is_string()) out << "  " << base::printable(problem.get<std::string>()) << '\n';
}

int printRefusal(const Json& error, const Terminal& terminal) {
    terminal.err << "hookgate: " << error.value("message", "the gateway refused") << '\n';
    const auto report = error.value("details", Json::object());
    if (report.is_object()) printRefused(report, terminal.err);
    return kFailure;
}

int printDone(const Json& report, const Terminal& terminal) {
    const auto changes = report.value("changes", Json::array());
    for (const auto& change : changes)
        terminal.out << "  " << base::printable(change.value("file", "")) << "  "
                     << change.value("change", "") << ", version " << change.value("version", "")
                     << ", sha256 " << change.value("sha256", "").substr(0, kHashShown) << '\n';
    const auto generation = std::to_string(report.value("generation", 0));
    if (changes.empty())
        terminal.out << "nothing changed, generation " << generation << " serves\n";
    else if (report.value("dryRun", false))
        terminal.out << "this would serve; generation " << generation << " still does\n";
    else
        terminal.out << "generation " << generation << " serves\n";
    return kSuccess;
}

} // namespace

int tellReport(const base::Result<GatewayAnswer, std::string>& answer, const Terminal& terminal) {
    if (!answer) {
        terminal.err << "hookgate: " << answer.error() << '\n';
        return kFailure;
    }
    try {
        return answer->status == 200 ? printDone(answer->body.at("data"), terminal)
                                     : printRefusal(answer->body.at("error"), terminal);
    } catch (const Json::exception&) {
        terminal.err << "hookgate: the gateway answered what this version does not understand\n";
        return kFailure;
    }
}

} // namespace hookgate::cli
