#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <prometheus/family.h>

namespace hookgate::observability {

// The time series of one metric, found by their label values without allocating. Label values come
// from small sets; should a caller break that, the series beyond kMost share one labelled "other".
// Safe to call from any thread.
template <class Metric, std::size_t Count>
class MetricChildren {
public:
    using Names = std::array<const char*, Count>;
    using Values = std::array<std::string_view, Count>;
    using Make = std::function<Metric&(const prometheus::Labels&)>;

    static constexpr std::size_t kMost = 1000;

    MetricChildren(Names names, Make make) : names_{names}, make_{std::move(make)} {}

    // May throw std::bad_alloc when the series is new.
    Metric& at(const Values& values) {
        {
            const std::shared_lock lock{mutex_};
            const auto found = series_.find(values);
            if (found != series_.end()) return *found->second;
        }
        return add(values);
    }

private:
    using Key = std::array<std::string, Count>;

    struct Hash {
        using is_transparent = void; // NOLINT(readability-identifier-naming): the library's word

        template <class Texts>
        std::size_t operator()(const Texts& texts) const noexcept {
            std::size_t hash = 0;
            for (const auto& text : texts)
                hash = hash * 1'000'003 + std::hash<std::string_view>{}(text);
            return hash;
        }
    };

    struct Equal {
        using is_transparent = void; // NOLINT(readability-identifier-naming): the library's word

        template <class A, class B>
        bool operator()(const A& a, const B& b) const noexcept {
            return std::equal(a.begin(), a.end(), b.begin());
        }
    };

    Metric& add(const Values& values) {
        const std::unique_lock lock{mutex_};
        if (series_.size() >= kMost)
            return *series_.try_emplace(others(), &make_(labels(others()))).first->second;
        Key key;
        std::ranges::copy(values, key.begin());
        const auto found = series_.find(key);
        if (found != series_.end()) return *found->second;
        auto& metric = make_(labels(key));
        series_.emplace(std::move(key), &metric);
        return metric;
    }

    static Key others() {
        Key key;
        key.fill("other");
        return key;
    }

    prometheus::Labels labels(const Key& values) const {
        prometheus::Labels labels;
        for (std::size_t i = 0; i < Count; ++i)
            labels.emplace(names_[i], values[i]);
        return labels;
    }

    const Names names_;
    const Make make_;
    std::shared_mutex mutex_;
    std::unordered_map<Key, Metric*, Hash, Equal> series_;
};

} // namespace hookgate::observability
