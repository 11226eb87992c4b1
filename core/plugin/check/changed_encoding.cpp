#include "core/base/hex.hpp"
#include "core/plugin/check/mutation.hpp"
#include "core/plugin/check/negatives.hpp"

#include <string_view>

namespace hookgate::plugin::check {
namespace {

constexpr std::size_t kHexDigitsMin = 32; // of a digest
constexpr std::size_t kBase64BytesMin = 24;
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool isHexDigit(char c) noexcept {
    return base::hexDigit(c) >= 0;
}

bool isBase64(char c) noexcept {
    return isWordCharacter(c) || c == '+' || c == '/';
}

// Hexadecimal digits are read in either case wherever hex is read (RFC 4648, section 8).
bool isInHexDigest(std::string_view value, std::size_t at) {
    for (auto word = nextRun(value, 0, isWordCharacter); word.size > 0;
         word = nextRun(value, word.begin + word.size, isWordCharacter)) {
        if (at < word.begin || at >= word.begin + word.size) continue;
        const auto text = value.substr(word.begin, word.size);
        return word.size >= kHexDigitsMin && nextRun(text, 0, isHexDigit).size == text.size();
    }
    return false;
}

std::string replaced(std::string_view value, Run run, std::string_view by) {
    return std::string{value.substr(0, run.begin)}.append(by).append(
        value.substr(run.begin + run.size));
}

// Other texts that a lenient reader takes for the same bytes as this base64.
std::vector<std::string> readAlike(std::string_view base64, std::size_t padding) {
    const auto body = base64.substr(0, base64.size() - padding);
    std::vector<std::string> alike;
    std::string other_alphabet{base64};
    for (auto& c : other_alphabet)
        c = c == '+' ? '-' : c == '/' ? '_' : c;
    if (other_alphabet != base64) alike.push_back(std::move(other_alphabet));
    alike.push_back(std::string{base64} + '=');
    if (padding == 0) return alike;
    alike.emplace_back(body);
    // The last character has bits that mean nothing and have to be zero (section 3.5).
    auto odd = std::string{base64};
    odd[body.size() - 1] = kAlphabet[kAlphabet.find(body.back()) ^ 1U];
    alike.push_back(std::move(odd));
    return alike;
}

} // namespace

void changeEncoding(Bench& bench, const Provider& provider, std::size_t header) {
    auto request = bench.vector().request;
    const auto name = request.headers[header].first;
    const auto value = request.headers[header].second;
    auto& changed = request.headers[header].second;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (!isLetter(value[i]) || isInHexDigest(value, i)) continue;
        changed = value;
        changed[i] = flipped(value[i], 0x20);
        bench.mustReject(provider, request, "verify.proof-case",
                         name + " in another case at byte " + std::to_string(i));
    }
    const auto must_reject = [&](std::string text) {
        changed = std::move(text);
        bench.mustReject(provider, request, "verify.proof-encoding",
                         name + " written in another way: " + changed);
    };
    // None at the ends: those belong to HTTP, and no plugin ever sees them.
    must_reject(std::string{value}.insert(value.size() / 2, 1, ' '));
    for (auto run = nextRun(value, 0, isBase64); run.size > 0;
         run = nextRun(value, run.begin + run.size, isBase64)) {
        std::size_t padding = 0;
        while (run.begin + run.size + padding < value.size() &&
               value[run.begin + run.size + padding] == '=')
            ++padding;
        if (padding > 2 || run.size < kBase64BytesMin || (run.size + padding) % 4 != 0) continue;
        const Run padded{run.begin, run.size + padding};
        if (isInHexDigest(value, run.begin)) continue;
        for (const auto& alike :
             readAlike(std::string_view{value}.substr(padded.begin, padded.size), padding))
            must_reject(replaced(value, padded, alike));
    }
}

} // namespace hookgate::plugin::check
