#include "core/integrations/strict_json.hpp"

#include <set>
#include <stdexcept>
#include <vector>

namespace hookgate::integrations {
namespace {

constexpr int kDepthMax = 32;

class Strictness {
public:
    // Throws std::invalid_argument to end the parse.
    void see(int depth, Json::parse_event_t event, const Json& parsed) {
        if (depth > kDepthMax) throw std::invalid_argument{"is nested deeper than 32 levels"};
        if (event == Json::parse_event_t::object_start)
            keys_.emplace_back();
        else if (event == Json::parse_event_t::object_end)
            keys_.pop_back();
        else if (event == Json::parse_event_t::key &&
                 !keys_.back().insert(parsed.get<std::string>()).second)
            throw std::invalid_argument{"has the key \"" + parsed.get<std::string>() +
                                        "\" twice in one object"};
    }

private:
    std::vector<std::set<std::string>> keys_; // of the objects that are open
};

// Without the library's own prefix "[json.exception.parse_error.101] ".
std::string plain(std::string_view message) {
    const auto end = message.find("] ");
    return std::string{end == std::string_view::npos ? message : message.substr(end + 2)};
}

} // namespace

base::Result<Json, std::string> parseStrictJson(std::string_view text) {
    Strictness strictness;
    try {
        return Json::parse(
            text,
            [&](int depth, Json::parse_event_t event, Json& parsed) {
                strictness.see(depth, event, parsed);
                return true;
            },
            true, true);
    } catch (const Json::exception& error) {
        return base::Error{"is no JSON: " + plain(error.what())};
    } catch (const std::invalid_argument& error) {
        return base::Error{std::string{error.what()}};
    }
}

} // namespace hookgate::integrations
