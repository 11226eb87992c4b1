#include "core/base/text.hpp"
#include "core/explain/json_spelling.hpp"
#include "core/explain/variations.hpp"
#include "core/plugin/json_index.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

namespace hookgate::explain {
namespace {

using plugin::check::SampleRequest;

constexpr std::string_view kBom = "\xEF\xBB\xBF";

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

class Bodies {
public:
    explicit Bodies(const SampleRequest& request) : request_{request} {}

    // Only what differs from the body that came is a variation.
    void add(std::string id, std::string text, std::string body) {
        if (body == request_.body) return;
        auto changed = request_;
        changed.body = std::move(body);
        found_.push_back({{std::move(id), std::move(text)}, std::move(changed)});
    }

    std::vector<RequestVariation> take() && { return std::move(found_); }

private:
    const SampleRequest& request_;
    std::vector<RequestVariation> found_;
};

void addEnds(Bodies& bodies, const std::string& body) {
    auto shorter = body;
    if (shorter.ends_with('\n')) shorter.pop_back();
    if (shorter.ends_with('\r')) shorter.pop_back();
    bodies.add("trailing_newline",
               "the body ends with a line end that was not signed: something on its way added one",
               shorter);
    bodies.add("trailing_newline",
               "the signed body ended with a line end (LF) that is missing: something on its way "
               "took it off",
               body + '\n');
    bodies.add(
        "trailing_newline",
        "the signed body ended with a line end (CR LF) that is missing: something on its way "
        "took it off",
        body + "\r\n");
    const auto unix_ends = replaced(body, "\r\n", "\n");
    bodies.add("line_ends",
               "the line ends of the body were LF when it was signed and are CR LF now", unix_ends);
    bodies.add("line_ends",
               "the line ends of the body were CR LF when it was signed and are LF now",
               replaced(unix_ends, "\n", "\r\n"));
    if (body.starts_with(kBom))
        bodies.add("byte_order_mark", "the body begins with a byte order mark that was not signed",
                   body.substr(kBom.size()));
    bodies.add("byte_order_mark", "the signed body began with a byte order mark that is missing",
               std::string{kBom} + body);
    bodies.add("surrounding_space", "there is white space around the body that was not signed",
               std::string{base::trim(body)});
    bodies.add("body_lost", "an empty body was signed: the signature is not of this body", {});
}

void addJson(Bodies& bodies, const std::string& body) {
    plugin::JsonIndex index; // bounds the depth, which the parser does not
    if (index.parse(body) != plugin::JsonError::None) return;
    const auto add = [&](const std::string& how, std::string changed) {
        bodies.add("reserialised_json",
                   "the JSON was written anew on its way: the provider signed it " + how +
                       ". Pass the body on byte for byte",
                   std::move(changed));
    };
    constexpr JsonLayout kCompact{};
    constexpr JsonLayout kSpaced{.after_colon = " ", .after_comma = " ", .indent = {}};
    constexpr JsonLayout kTwo{.after_colon = " ", .after_comma = {}, .indent = "  "};
    constexpr JsonLayout kFour{.after_colon = " ", .after_comma = {}, .indent = "    "};
    const std::string slashed = withSlashes(body, true);
    const auto document = nlohmann::ordered_json::parse(body, nullptr, false);
    const auto ascii = document.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
    const auto utf8 = document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    const std::array<std::pair<const char*, const std::string*>, 4> spellings{
        {{"", &body},
         {", with escaped slashes", &slashed},
         {", in ASCII", &ascii},
         {", in UTF-8", &utf8}}};
    for (const auto& [spelling, text] : spellings) {
        add(std::string{"without white space"} + spelling, laidOut(*text, kCompact));
        add(std::string{"with a space behind colons and commas"} + spelling,
            laidOut(*text, kSpaced));
        add(std::string{"indented by two"} + spelling, laidOut(*text, kTwo));
        add(std::string{"indented by four"} + spelling, laidOut(*text, kFour));
    }
    add("with escaped slashes", slashed);
    add("with plain slashes", withSlashes(body, false));
    const auto sorted = nlohmann::json::parse(body, nullptr, false);
    add("with its members in order",
        sorted.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void addForm(Bodies& bodies, const std::string& body) {
    if (body.find('=') == std::string::npos || body.starts_with('{') || body.starts_with('['))
        return;
    const auto add = [&](const char* how, std::string changed) {
        bodies.add(
            "reencoded_form",
            std::string{"the form was encoded anew on its way: the provider signed it "} + how,
            std::move(changed));
    };
    add("with %20 for a space", replaced(body, "+", "%20"));
    add("with a plus for a space", replaced(body, "%20", "+"));
    if (auto decoded = base::percentDecode(body)) add("decoded", std::move(*decoded));
}

} // namespace

std::vector<RequestVariation> bodyVariations(const SampleRequest& request) {
    Bodies bodies{request};
    addEnds(bodies, request.body);
    addJson(bodies, request.body);
    addForm(bodies, request.body);
    return std::move(bodies).take();
}

} // namespace hookgate::explain
