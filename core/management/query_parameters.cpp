#include "core/management/query_parameters.hpp"

#include "core/base/time_text.hpp"
#include "core/http/router.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace hookgate::management {
namespace {

constexpr std::int64_t kPageSizeMax = 100;
constexpr std::int64_t kPageSizeDefault = 20;
// Far past any page there is, near enough that page times size cannot overflow.
constexpr std::int64_t kPageMax = 1'000'000'000'000;
constexpr std::size_t kTextBytesMax = 512;

// In a query an unescaped plus is a space, and the one before an offset is often left unescaped:
// no date and time holds a space after its T.
std::string repairOffset(std::string text) {
    const auto t = text.find_first_of("Tt");
    const auto space = text.find(' ');
    if (t != std::string::npos && space != std::string::npos && space > t) text[space] = '+';
    return text;
}

} // namespace

QueryParameters::QueryParameters(const http::Request& request,
                                 std::initializer_list<std::string_view> allowed) {
    auto parsed = http::parseQuery(request.query);
    if (!parsed) {
        problems_.add("query", "has a broken escape, a control character or is no UTF-8");
        return;
    }
    std::set<std::string> seen;
    for (auto& [name, value] : *parsed) {
        if (std::find(allowed.begin(), allowed.end(), name) == allowed.end())
            problems_.add(name, "is not a parameter of this route");
        else if (!seen.insert(name).second)
            problems_.add(name, "is given more than once");
        else
            values_.emplace_back(std::move(name), std::move(value));
    }
}

const std::string* QueryParameters::find(std::string_view name) const noexcept {
    for (const auto& [key, value] : values_)
        if (key == name) return &value;
    return nullptr;
}

std::optional<std::string> QueryParameters::text(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (value->empty() || value->size() > kTextBytesMax) {
        problems_.add(name, "must have 1 to 512 bytes");
        return std::nullopt;
    }
    return *value;
}

std::optional<base::Uuid> QueryParameters::uuid(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    auto id = base::Uuid::parse(*value);
    if (!id) problems_.add(name, "must be a UUID");
    return id;
}

std::optional<base::UnixMs> QueryParameters::time(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    auto time = base::parseIso8601(repairOffset(*value));
    if (!time) problems_.add(name, "must be an ISO 8601 date, or date and time with an offset");
    return time;
}

std::optional<std::size_t> QueryParameters::choice(
    std::string_view name, std::initializer_list<std::string_view> choices) {
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    const auto* chosen = std::find(choices.begin(), choices.end(), *value);
    if (chosen != choices.end()) return static_cast<std::size_t>(chosen - choices.begin());
    std::string message = "must be one of";
    for (const auto& each : choices)
        message.append(&each == choices.begin() ? " " : ", ").append(each);
    problems_.add(name, message);
    return std::nullopt;
}

std::int64_t QueryParameters::number(std::string_view name, std::int64_t default_value,
                                     std::int64_t most) {
    const auto* value = find(name);
    if (value == nullptr) return default_value;
    std::int64_t number = 0;
    const auto* end = value->data() + value->size();
    const auto [stop, error] = std::from_chars(value->data(), end, number);
    if (error == std::errc{} && stop == end && number >= 1 && number <= most) return number;
    problems_.add(name, "must be a whole number from 1 to " + std::to_string(most));
    return default_value;
}

store::PageRequest QueryParameters::page() {
    return {number("page", 1, kPageMax), number("pageSize", kPageSizeDefault, kPageSizeMax)};
}

} // namespace hookgate::management
