#include "core/offline/suggestion.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace hookgate::offline {
namespace {

constexpr std::size_t kDistanceMax = 2;

// How many letters have to be added, taken away or changed (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row.back();
}

} // namespace

std::string suggestion(std::string_view word, std::span<const std::string> candidates) {
    const std::string* best = nullptr;
    auto least = kDistanceMax + 1;
    for (const auto& candidate : candidates) {
        // What was begun or left out counts as one slip.
        const bool is_part = !word.empty() && candidate.find(word) != std::string::npos;
        const auto away = is_part ? 1 : distance(word, candidate);
        if (away >= least) continue;
        least = away;
        best = &candidate;
    }
    return best == nullptr ? std::string{} : " (did you mean " + *best + "?)";
}

std::string listed(std::span<const std::string> words) {
    if (words.empty()) return "none";
    std::string text = words.front();
    for (std::size_t i = 1; i < words.size(); ++i)
        text.append(i + 1 == words.size() ? " and " : ", ").append(words[i]);
    return text;
}

} // namespace hookgate::offline
