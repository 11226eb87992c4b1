#include "core/simulate/fresh_sample.hpp"

#include "core/base/crypto.hpp"
#include "core/base/hex.hpp"
#include "core/base/time_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace hookgate::simulate {
namespace {

using Replacements = std::map<std::string, std::string, std::less<>>;

constexpr bool isDigit(char c) noexcept {
    return c >= '0' && c <= '9';
}

constexpr bool isLower(char c) noexcept {
    return c >= 'a' && c <= 'z';
}

constexpr bool isUpper(char c) noexcept {
    return c >= 'A' && c <= 'Z';
}

constexpr bool isWordCharacter(char c) noexcept {
    return isDigit(c) || isLower(c) || isUpper(c);
}

bool isHex(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return c == '-' || base::hexDigit(c) >= 0; });
}

// How much of an id names the kind of thing: what stands before the last underscore, or the first
// letters, two at most. A number keeps its first digit.
std::size_t kindLength(std::string_view id) noexcept {
    if (const auto underscore = id.rfind('_'); underscore != std::string_view::npos)
        return underscore + 1;
    if (std::all_of(id.begin(), id.end(), isDigit)) return 1;
    std::size_t length = 0;
    while (length < 2 && length < id.size() && !isDigit(id[length]))
        ++length;
    return length;
}

// Another id of the same shape: a digit for a digit, a letter for a letter of its case.
std::string reshaped(std::string_view id) {
    std::string fresh{id};
    std::vector<std::uint8_t> random(id.size());
    base::randomBytes(random);
    const auto start = kindLength(id);
    const int letters = isHex(id.substr(start)) ? 6 : 26;
    for (auto i = start; i < id.size(); ++i) {
        if (isDigit(id[i])) fresh[i] = static_cast<char>('0' + random[i] % 10);
        if (isLower(id[i])) fresh[i] = static_cast<char>('a' + random[i] % letters);
        if (isUpper(id[i])) fresh[i] = static_cast<char>('A' + random[i] % letters);
    }
    return fresh;
}

// Replaces `from` wherever it stands as a word of its own.
void replaceWords(std::string& text, std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
        const auto end = at + from.size();
        const bool is_word = (at == 0 || !isWordCharacter(text[at - 1])) &&
                             (end == text.size() || !isWordCharacter(text[end]));
        if (is_word) text.replace(at, from.size(), to);
        at += is_word ? to.size() : 1;
    }
}

// Replaces every ISO 8601 time that means `from`; one without an offset may mean UTC.
void replaceTimes(std::string& text, base::UnixMs from, const std::string& to) {
    constexpr std::string_view kCharacters = "0123456789-+:.TZ";
    constexpr std::size_t kShortest = 19; // to the second
    std::size_t at = 0;
    while (at < text.size()) {
        const auto end = std::min(text.find_first_not_of(kCharacters, at), text.size());
        const auto word = text.substr(at, end - at);
        const bool has_offset = base::parseIso8601(word) == from;
        if (word.size() >= kShortest && (has_offset || base::parseIso8601(word + "Z") == from)) {
            const auto size = has_offset ? to.size() : to.size() - 1; // without the Z
            text.replace(at, word.size(), to, 0, size);
            at += size;
        } else {
            at = end + 1;
        }
    }
}

// The parts of an event's id that name it alone: those with a digit, of `length_min` at least.
void addIds(Replacements& ids, std::string_view id, std::size_t length_min) {
    while (!id.empty()) {
        const auto part = id.substr(0, id.find(':'));
        if (part.size() >= length_min && std::any_of(part.begin(), part.end(), isDigit) &&
            ids.find(part) == ids.end())
            ids.emplace(part, reshaped(part));
        id.remove_prefix(std::min(id.size(), part.size() + 1));
    }
}

plugin::check::SampleRequest renewed(const Sample& sample, base::UnixMs now, bool body_too) {
    constexpr std::int64_t kMsPerS = 1000;
    constexpr std::size_t kIdLengthMin = 6;
    auto request = sample.request;
    Replacements ids;
    for (const auto& event : sample.events)
        addIds(ids, event.external_id, kIdLengthMin);
    if (ids.empty())
        for (const auto& event : sample.events)
            addIds(ids, event.external_id, 1); // better a short one than the same again
    const auto renew = [&](std::string& text) {
        for (const auto& event : sample.events) {
            if (event.occurred_at == 0) continue;
            replaceTimes(text, event.occurred_at, base::toRfc3339(now));
            replaceWords(text, std::to_string(event.occurred_at), std::to_string(now));
            replaceWords(text, std::to_string(event.occurred_at / kMsPerS),
                         std::to_string(now / kMsPerS));
        }
        for (const auto& [from, to] : ids)
            replaceWords(text, from, to);
    };
    for (auto& header : request.headers)
        renew(header.second);
    if (body_too) renew(request.body);
    return request;
}

} // namespace

plugin::check::SampleRequest freshened(const Sample& sample, base::UnixMs now) {
    return renewed(sample, now, true);
}

plugin::check::SampleRequest withFreshHeaders(const Sample& sample, base::UnixMs now) {
    return renewed(sample, now, false);
}

} // namespace hookgate::simulate
