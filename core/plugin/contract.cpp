#include "core/plugin/contract.hpp"

#include "core/base/text.hpp"

#include <algorithm>

namespace hookgate::plugin {

const Answer* Contract::answerTo(Outcome outcome) const noexcept {
    const auto found = std::find_if(answers.begin(), answers.end(), [&](const Answer& answer) {
        return answer.outcome == outcome;
    });
    return found == answers.end() ? nullptr : &*found;
}

bool Contract::takes(std::string_view content_type) const noexcept {
    if (content_types.empty()) return true;
    const auto media_type = base::trim(content_type.substr(0, content_type.find(';')));
    return std::any_of(content_types.begin(), content_types.end(), [&](const std::string& type) {
        return base::equalIgnoringCase(type, media_type);
    });
}

std::string_view nameOf(Outcome outcome) noexcept {
    switch (outcome) {
        case Outcome::Accepted:
            return "accepted";
        case Outcome::Duplicate:
            return "duplicate";
        case Outcome::Ignored:
            return "ignored";
        case Outcome::Rejected:
            return "rejected";
        case Outcome::Malformed:
            return "malformed";
        case Outcome::Unavailable:
            break;
    }
    return "unavailable";
}

} // namespace hookgate::plugin
