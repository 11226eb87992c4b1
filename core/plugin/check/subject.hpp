#pragma once

#include "core/base/result.hpp"
#include "core/plugin/check/bench.hpp"
#include "core/plugin/check/listener.hpp"
#include "core/plugin/check/play.hpp"
#include "core/plugin/check/vectors.hpp"
#include "core/plugin/check/witness.hpp"
#include "core/plugin/descriptor.hpp"
#include "core/plugin/inspection.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hookgate::plugin::check {

// How much of the random is tried.
struct FuzzPlan {
    std::uint64_t seed = 1;
    std::chrono::milliseconds time{0}; // 0: so many cases of each vector instead
    std::size_t cases = 200;
    std::optional<std::uint64_t> reproduce{}; // one case alone
};

// A plugin with what is needed to check it. Immutable.
struct Subject {
    std::string name{};
    std::string bytes{};
    Inspection inspection{};
    std::vector<Vector> vectors{};
    FuzzPlan fuzz{};
};

// Reads file and vectors, the plugin's own ones if `vectors` is empty, and tells what of it cannot
// be read. Nothing: it is no plugin.
std::optional<Subject> readSubject(const std::filesystem::path& file,
                                   const std::filesystem::path& vectors, Listener& listener);

// A copy of the plugin, loaded; the error says why it does not load.
base::Result<Descriptor, std::string> loadCopy(const Subject& subject);

// The same; nothing: it does not load, which was told.
std::optional<Descriptor> load(const Subject& subject, Listener& listener);

// Plays every vector for its provider and goes on with those that came true.
template <class Continue>
void forEachVector(const Subject& subject, const Descriptor& plugin, Listener& listener,
                   const Continue& go_on) {
    for (const auto& type : plugin.providers) {
        const Witness witness{type};
        for (const auto& vector : subject.vectors) {
            if (vector.settings.provider != type.info.name) continue;
            Bench bench{witness.type(), vector, listener};
            if (const auto provider = playVector(bench)) go_on(bench, *provider);
        }
    }
}

} // namespace hookgate::plugin::check
