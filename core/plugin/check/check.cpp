#include "core/plugin/check/check.hpp"

#include "core/plugin/check/catalogue.hpp"
#include "core/plugin/check/child.hpp"
#include "core/plugin/check/file_checks.hpp"
#include "core/plugin/check/fuzz.hpp"
#include "core/plugin/check/lifecycle.hpp"
#include "core/plugin/check/loading.hpp"
#include "core/plugin/check/malformed.hpp"
#include "core/plugin/check/negatives.hpp"
#include "core/plugin/check/robustness.hpp"
#include "core/plugin/check/subject.hpp"

#include <algorithm>
#include <array>

namespace hookgate::plugin::check {
namespace {

bool names(const CheckNames& list, std::string_view id) {
    return list.find(id) != list.end() || list.find(groupOf(id)) != list.end();
}

// What is told whatever was asked for: the other checks could not be made.
bool preventsTheRest(std::string_view id) {
    return id == "static.refused" || id == "load.refused" || id == "load.hang" ||
           id == "vector.unreadable" || groupOf(id) == "process";
}

// Whether any check of a group is wanted.
bool concerns(const CheckNames& only, std::string_view group) {
    return only.empty() || std::any_of(only.begin(), only.end(), [&](const std::string& name) {
               return groupOf(name) == group;
           });
}

// Writes into the report what counts.
class Recorder final : public Listener {
public:
    Recorder(const CheckOptions& options, CheckReport& report)
        : options_{options},
          report_{report} {}

    void began(std::string_view what) override {
        if (options_.progress) options_.progress(what);
    }

    void ran(std::size_t cases) override { report_.cases += cases; }

    void found(std::string_view id, std::string_view where, std::string_view text) override {
        const bool wanted = options_.only.empty() || names(options_.only, id);
        if (!wanted && !preventsTheRest(id)) return;
        if (names(options_.waived, id))
            ++report_.waived;
        else
            report_.findings.push_back({std::string{id}, std::string{where}, std::string{text}});
    }

private:
    const CheckOptions& options_;
    CheckReport& report_;
};

// Whether there are vectors for all providers, and none for others.
void judgeVectors(const Subject& subject, const Descriptor& plugin, Listener& listener) {
    const auto& vectors = subject.vectors;
    for (const auto& type : plugin.providers) {
        const bool proven = std::any_of(vectors.begin(), vectors.end(), [&](const Vector& vector) {
            return vector.settings.provider == type.info.name && vector.expect.verdict == "accept";
        });
        if (!proven)
            listener.found("vector.none", type.info.name,
                           "has no vector that is accepted, so that nothing can be derived from "
                           "it; add one, or name them with --vectors");
    }
    for (const auto& vector : vectors) {
        const auto& name = vector.settings.provider;
        if (std::none_of(plugin.providers.begin(), plugin.providers.end(),
                         [&](const ProviderType& type) { return type.info.name == name; }))
            listener.found("vector.provider", vector.name,
                           "is for '" + name + "', which this plugin does not provide");
    }
}

void checkVectors(const Subject& subject, const Descriptor& plugin, Listener& listener) {
    judgeVectors(subject, plugin, listener);
    forEachVector(subject, plugin, listener, [](Bench& bench, const ProviderInProcess& provider) {
        if (bench.vector().expect.verdict == "accept") playSign(bench, provider);
    });
}

void checkVerify(const Subject& subject, const Descriptor& plugin, Listener& listener) {
    forEachVector(subject, plugin, listener, [](Bench& bench, const ProviderInProcess& provider) {
        if (bench.vector().expect.verdict == "reject") return;
        judgeProof(bench, provider);
        changeSecrets(bench);
        changeBody(bench, provider);
        changeHeaders(bench, provider);
        changeTime(bench, provider);
        forgeMacs(bench, provider);
        if (bench.vector().expect.verdict == "accept") changeUnsigned(bench, provider);
        std::string unused;
        for (const auto& id : bench.vector().permits)
            if (groupOf(id) == "verify" && !bench.needed(id)) unused += ' ' + id;
        if (!unused.empty())
            bench.report("verify.permit-unused", "permits and does not need to:" + unused);
    });
}

void checkNormalize(const Subject& subject, const Descriptor& plugin, Listener& listener) {
    forEachVector(subject, plugin, listener, [](Bench& bench, const ProviderInProcess& provider) {
        if (bench.vector().expect.verdict == "accept") readMalformed(bench, provider);
    });
}

// Passes on what belongs to one group: vectors are played in each, and told of once.
class GroupListener final : public Listener {
public:
    GroupListener(std::string_view group, Listener& listener)
        : group_{group},
          listener_{listener} {}

    void began(std::string_view what) override {
        listener_.began(std::string{group_} + ": " + std::string{what});
    }

    void ran(std::size_t cases) override { listener_.ran(cases); }

    void found(std::string_view id, std::string_view where, std::string_view text) override {
        if (groupOf(id) == group_) listener_.found(id, where, text);
    }

private:
    std::string_view group_;
    Listener& listener_;
};

struct Group {
    std::string_view name; // of its ids
    void (*check)(const Subject&, Listener&);
};

// A group that needs no more than the loaded plugin.
template <void (*Check)(const Subject&, const Descriptor&, Listener&)>
void loaded(const Subject& subject, Listener& listener) {
    if (const auto plugin = load(subject, listener)) Check(subject, *plugin, listener);
}

constexpr std::array kGroups{
    Group{"load", &checkLoading},
    Group{"lifecycle", &loaded<&checkLifecycle>},
    Group{"vector", &loaded<&checkVectors>},
    Group{"verify", &loaded<&checkVerify>},
    Group{"normalize", &loaded<&checkNormalize>},
    Group{"robustness", &loaded<&checkRobustness>},
    Group{"fuzz", &loaded<&fuzz>},
};

// Whether the code loads, and in time; what does not is not tried any further.
bool loads(const Subject& subject, const CheckOptions& options, Listener& listener,
           const CheckReport& report) {
    if (options.in_process) return true;
    const auto work = [&](Listener& child) {
        GroupListener own{"load", child};
        static_cast<void>(load(subject, own));
    };
    runInChild({options.load_time_limit, "load.hang"}, work, listener);
    return report.passed("load") && report.passed("process");
}

void runGroups(const Subject& subject, const CheckOptions& options, Listener& listener,
               CheckReport& report) {
    if (!loads(subject, options, listener, report)) {
        report.groups.emplace_back("load");
        return;
    }
    for (const auto& group : kGroups) {
        if (!concerns(options.only, group.name)) continue;
        report.groups.emplace_back(group.name);
        const auto work = [&](Listener& child) {
            GroupListener own{group.name, child};
            group.check(subject, own);
        };
        if (options.in_process)
            work(listener);
        else
            runInChild({options.time_limit + options.fuzz_time}, work, listener);
        const bool behaves = report.passed("load") && report.passed("process");
        if (group.name == "load" && !behaves) return;
    }
}

} // namespace

bool CheckReport::passed(std::string_view group) const noexcept {
    return std::none_of(findings.begin(), findings.end(), [&](const Finding& finding) {
        return groupOf(finding.id) == group && levelOf(finding.id) == Level::Error;
    });
}

bool CheckReport::passed() const noexcept {
    return std::none_of(findings.begin(), findings.end(),
                        [](const Finding& finding) { return levelOf(finding.id) == Level::Error; });
}

CheckReport checkPlugin(const CheckOptions& options) {
    const auto began = std::chrono::steady_clock::now();
    CheckReport report{.file = options.file.filename().string(), .seed = options.seed};
    Recorder recorder{options, report};
    report.groups.emplace_back("static");
    if (auto subject = readSubject(options.file, options.vectors, recorder)) {
        subject->fuzz.seed = options.seed;
        subject->fuzz.time = options.fuzz_time;
        subject->fuzz.reproduce = options.reproduce;
        report.vectors = subject->vectors.size();
        checkFile(subject->bytes, subject->inspection, recorder);
        runGroups(*subject, options, recorder, report);
    }
    report.took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - began);
    return report;
}

} // namespace hookgate::plugin::check
