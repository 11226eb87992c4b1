#include "core/plugin/check/check.hpp"

#include "core/plugin/check/catalogue.hpp"
#include "core/plugin/check/child.hpp"
#include "core/plugin/check/malformed.hpp"
#include "core/plugin/check/negatives.hpp"
#include "core/plugin/check/play.hpp"
#include "core/plugin/check/witness.hpp"
#include "core/plugin/inspection.hpp"
#include "core/plugin/library.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <optional>
#include <ostream>
#include <system_error>

namespace hookgate::plugin::check {
namespace {

// The JSON texts at a path; false: nothing can be read there.
bool readVectors(const std::filesystem::path& path, std::vector<std::string>& texts) {
    std::error_code failure;
    std::vector<std::filesystem::path> files;
    if (std::filesystem::is_directory(path, failure)) {
        for (const auto& entry : std::filesystem::directory_iterator{path, failure})
            if (entry.path().extension() == ".json") files.push_back(entry.path());
        std::sort(files.begin(), files.end());
    } else {
        files.push_back(path);
    }
    for (const auto& file : files) {
        std::ifstream in{file, std::ios::binary};
        if (!in) return false;
        texts.emplace_back(std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{});
    }
    return !texts.empty();
}

std::vector<Vector> parseAll(const std::vector<std::string>& texts, CheckReport& report) {
    std::vector<Vector> vectors;
    for (const auto& text : texts) {
        auto parsed = parseVectors(text);
        if (parsed)
            std::move(parsed->begin(), parsed->end(), std::back_inserter(vectors));
        else
            report.findings.push_back({"vector.unreadable", {}, std::move(parsed.error())});
    }
    return vectors;
}

// What is checked, as the children find it.
struct Subject {
    std::string name;
    std::string bytes;
    std::vector<Vector> vectors;
};

using Descriptors = std::vector<ProviderType>;

// Loads the plugin; nothing: it does not load, which was told.
std::optional<Descriptors> load(const Subject& subject, Listener& listener) {
    listener.began("loading");
    const auto refused = [&](const std::string& why) {
        listener.found("load.refused", {}, why);
        return std::nullopt;
    };
    const auto library = Library::load(subject.name, subject.bytes);
    if (!library) return refused(library.error());
    auto descriptor = readDescriptor((*library)->plugin(), (*library)->image());
    if (!descriptor) return refused(descriptor.error());
    return std::move(descriptor->providers);
}

// Whether there are vectors for all providers, and none for others.
void judgeVectors(const Subject& subject, const Descriptors& providers, Listener& listener) {
    for (const auto& type : providers) {
        const bool proven =
            std::any_of(subject.vectors.begin(), subject.vectors.end(), [&](const Vector& vector) {
                return vector.settings.provider == type.info.name &&
                       vector.expect.verdict == "accept";
            });
        if (!proven)
            listener.found("vector.none", type.info.name,
                           "has no vector that is accepted, so that nothing can be derived from "
                           "it; add one, or name them with --vectors");
    }
    for (const auto& vector : subject.vectors) {
        const auto& name = vector.settings.provider;
        if (std::none_of(providers.begin(), providers.end(),
                         [&](const ProviderType& type) { return type.info.name == name; }))
            listener.found("vector.provider", vector.name,
                           "is for '" + name + "', which this plugin does not provide");
    }
}

// Plays every vector for its provider and goes on with those that came true.
template <class Continue>
void forEachVector(const Subject& subject, const Descriptors& providers, Listener& listener,
                   const Continue& go_on) {
    for (const auto& type : providers) {
        const Witness witness{type};
        for (const auto& vector : subject.vectors) {
            if (vector.settings.provider != type.info.name) continue;
            Bench bench{witness.type(), vector, listener};
            if (const auto provider = playVector(bench)) go_on(bench, *provider);
        }
    }
}

void checkLoad(const Subject&, const Descriptors&, Listener&) {}

void checkVectors(const Subject& subject, const Descriptors& providers, Listener& listener) {
    judgeVectors(subject, providers, listener);
    forEachVector(subject, providers, listener, [](Bench&, const ProviderInProcess&) {});
}

void checkVerify(const Subject& subject, const Descriptors& providers, Listener& listener) {
    forEachVector(subject, providers, listener,
                  [](Bench& bench, const ProviderInProcess& provider) {
                      if (bench.vector().expect.verdict == "reject") return;
                      judgeProof(bench, provider);
                      changeSecrets(bench);
                      changeBody(bench, provider);
                      changeHeaders(bench, provider);
                      changeTime(bench, provider);
                      forgeMacs(bench, provider);
                      if (bench.vector().expect.verdict == "accept")
                          changeUnsigned(bench, provider);
                  });
}

void checkNormalize(const Subject& subject, const Descriptors& providers, Listener& listener) {
    forEachVector(subject, providers, listener,
                  [](Bench& bench, const ProviderInProcess& provider) {
                      if (bench.vector().expect.verdict == "accept") readMalformed(bench, provider);
                  });
}

struct Group {
    std::string_view name; // of its ids
    void (*check)(const Subject&, const Descriptors&, Listener&);
};

constexpr std::array kGroups{Group{"load", &checkLoad}, Group{"vector", &checkVectors},
                             Group{"verify", &checkVerify}, Group{"normalize", &checkNormalize}};

// Passes on what belongs to one group: vectors are played in each, and told of once.
class GroupListener final : public Listener {
public:
    GroupListener(std::string_view group, Listener& listener)
        : group_{group},
          listener_{listener} {}

    void began(std::string_view what) override { listener_.began(what); }

    void ran(std::size_t cases) override { listener_.ran(cases); }

    void found(std::string_view id, std::string_view where, std::string_view text) override {
        if (groupOf(id) == group_) listener_.found(id, where, text);
    }

private:
    std::string_view group_;
    Listener& listener_;
};

void runGroup(const Group& group, const Subject& subject, Listener& listener) {
    GroupListener own{group.name, listener};
    if (const auto providers = load(subject, own)) group.check(subject, *providers, own);
}

} // namespace

CheckReport checkPlugin(const CheckOptions& options) {
    CheckReport report{.file = options.file.filename().string()};
    const auto bytes = readPluginFile(options.file);
    if (!bytes) {
        report.findings.push_back({"static.refused", {}, bytes.error()});
        return report;
    }
    auto inspection = inspect(*bytes);
    if (!inspection.refusal.empty()) {
        report.findings.push_back({"static.refused", {}, inspection.refusal});
        return report;
    }
    for (auto& flaw : inspection.style)
        report.findings.push_back({"static.exports", {}, std::move(flaw)});
    if (!options.vectors.empty()) {
        inspection.vectors.clear();
        if (!readVectors(options.vectors, inspection.vectors))
            report.findings.push_back(
                {"vector.unreadable", {}, "no JSON file at " + options.vectors.string()});
    }
    const Subject subject{report.file, *bytes, parseAll(inspection.vectors, report)};
    report.providers = inspection.providers;
    report.vectors = subject.vectors.size();
    for (const auto& group : kGroups) {
        runInChild(
            options.time_limit, [&](Listener& listener) { runGroup(group, subject, listener); },
            report);
        // Of what does not load nothing more can be told.
        const bool loads = report.passed("load") && report.passed("process");
        if (group.name == "load" && !loads) break;
    }
    return report;
}

bool CheckReport::passed(std::string_view group) const noexcept {
    return std::none_of(findings.begin(), findings.end(),
                        [&](const Finding& finding) { return groupOf(finding.id) == group; });
}

void print(const CheckReport& report, std::ostream& out) {
    for (const auto& finding : report.findings) {
        out << "FAIL " << finding.id << ": ";
        if (!finding.where.empty()) out << finding.where << ": ";
        out << finding.text << '\n';
    }
    out << (report.passed() ? "ok   " : "FAIL ") << report.file << ": " << report.vectors
        << " vectors, " << report.cases << " cases, " << report.findings.size()
        << (report.findings.size() == 1 ? " finding\n" : " findings\n");
}

} // namespace hookgate::plugin::check
