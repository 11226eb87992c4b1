#include "core/plugin/reload_report.hpp"

namespace hookgate::plugin {

std::string_view nameOf(ReloadReport::Action action) noexcept {
    return action == ReloadReport::Action::Rollback ? "rollback" : "reload";
}

std::string_view nameOf(ReloadReport::Outcome outcome) noexcept {
    switch (outcome) {
        case ReloadReport::Outcome::Published:
            return "published";
        case ReloadReport::Outcome::Unchanged:
            return "unchanged";
        case ReloadReport::Outcome::Refused:
            break;
    }
    return "refused";
}

} // namespace hookgate::plugin
