// hookgate/proof.hpp - what most providers' proofs have in common.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hookgate/provider.hpp"

namespace hookgate {

// The secrets of an integration, newest first. Each is tried, so that one can be rotated without a
// gap, and the one that matched is recorded. Immutable.
class Keys {
public:
    // Throws InvalidSettings when there is none. `what` says what to copy from the provider.
    Keys(const Settings& settings, std::string_view what) : secrets_{settings.secrets} {
        if (secrets_.empty()) throw InvalidSettings{"it needs " + std::string{what}};
    }

    // Accepts with the first key for which `proves(bytes)` holds.
    template <class Proves>
    Verdict prove(const Proves& proves, std::int64_t signed_unix_ms = 0) const {
        for (const auto& secret : secrets_)
            if (proves(std::string_view{secret.bytes}))
                return Verdict::accept(secret.key_id, signed_unix_ms);
        return Verdict::reject(HG_REASON_SIGNATURE_MISMATCH);
    }

    std::string_view newest() const noexcept { return secrets_.front().bytes; }

    std::vector<Secret>& all() noexcept { return secrets_; }

    const std::vector<Secret>& all() const noexcept { return secrets_; }

private:
    std::vector<Secret> secrets_;
};

// Calls `visit(item)` for each part between separators, empty ones too.
template <class Visit>
void forEachItem(std::string_view list, char separator, const Visit& visit) {
    while (true) {
        const auto end = list.find(separator);
        visit(list.substr(0, end));
        if (end == std::string_view::npos) return;
        list.remove_prefix(end + 1);
    }
}

// What follows a prefix; nothing when the text has another beginning.
constexpr std::optional<std::string_view> after(std::string_view prefix,
                                                std::string_view text) noexcept {
    if (!text.starts_with(prefix)) return std::nullopt;
    return text.substr(prefix.size());
}

// "name=value" cut at the first separator; the value is empty without one.
constexpr std::pair<std::string_view, std::string_view> split(std::string_view text,
                                                              char separator) noexcept {
    const auto at = text.find(separator);
    if (at == std::string_view::npos) return {text, {}};
    return {text.substr(0, at), text.substr(at + 1)};
}

// The values of all items `name=value` of that name, in order: of "ts=1;h1=ab;h1=cd" with the name
// "h1", ab and cd.
inline std::vector<std::string_view> itemsNamed(std::string_view list, char separator,
                                                std::string_view name) {
    std::vector<std::string_view> values;
    forEachItem(list, separator, [&](std::string_view item) {
        const auto [item_name, value] = split(item, '=');
        if (item_name == name) values.push_back(value);
    });
    return values;
}

// Whether `proves(signature)` holds for one of several signatures. All are tried, so that the time
// does not tell which one it was.
template <class Proves>
bool anyProves(std::span<const std::string_view> signatures, const Proves& proves) {
    bool proven = false;
    for (const auto signature : signatures)
        proven = proves(signature) || proven;
    return proven;
}

// "2026-01-01T00:00:00Z", for sign(); what is below a second is left out.
inline std::string iso8601(std::int64_t unix_ms) {
    const std::chrono::sys_seconds time{
        std::chrono::floor<std::chrono::seconds>(std::chrono::milliseconds{unix_ms})};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    std::string text;
    const auto append = [&](auto number, std::size_t digits, char end) {
        const auto written = std::to_string(number);
        text.append(digits - std::min(digits, written.size()), '0').append(written) += end;
    };
    append(int{date.year()}, 4, '-');
    append(unsigned{date.month()}, 2, '-');
    append(unsigned{date.day()}, 2, 'T');
    append(clock.hours().count(), 2, ':');
    append(clock.minutes().count(), 2, ':');
    append(clock.seconds().count(), 2, 'Z');
    return text;
}

// The only field of that name, empty when absent; throws Malformed when it is there twice.
inline std::string_view onlyField(std::span<const hg_field> fields, std::string_view name) {
    std::optional<std::string_view> found;
    for (const auto& field : fields) {
        if (view(field.name) != name) continue;
        if (found) throw Malformed{std::string{name} + " is there more than once"};
        found = view(field.value);
    }
    return found.value_or(std::string_view{});
}

// A form as a JSON object of texts, in order; of a name that is there twice, a list. Throws
// Malformed for what is no UTF-8 by way of the host, which checks every payload.
inline std::string jsonOf(std::span<const hg_field> fields) {
    JsonObject object;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto name = view(fields[i].name);
        std::vector<std::string_view> values;
        bool is_first = true;
        for (std::size_t k = 0; k < fields.size(); ++k) {
            if (view(fields[k].name) != name) continue;
            is_first = is_first && k >= i;
            values.push_back(view(fields[k].value));
        }
        if (!is_first) continue;
        if (!isUtf8(name) || !std::all_of(values.begin(), values.end(), isUtf8))
            throw Malformed{"the form is no UTF-8"};
        if (values.size() == 1)
            object.string(name, values.front());
        else
            object.strings(name, values);
    }
    return object.text();
}

// The payload of an event that is passed on as the provider made it:
// {"provider":...,"eventType":...,"externalEventId":...,"data":<json>}.
inline std::string envelope(std::string_view provider, std::string_view type, std::string_view id,
                            std::string_view json) {
    JsonObject object;
    object.string("provider", provider).string("eventType", type);
    if (!id.empty()) object.string("externalEventId", id);
    return object.raw("data", json).text();
}

} // namespace hookgate
