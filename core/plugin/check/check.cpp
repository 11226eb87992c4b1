#include "core/plugin/check/check.hpp"

#include "core/plugin/check/child.hpp"
#include "core/plugin/check/trial.hpp"
#include "core/plugin/inspection.hpp"
#include "core/plugin/library.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
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
            report.findings.push_back({"vectors.unreadable", {}, std::move(parsed.error())});
    }
    return vectors;
}

// What the child does: everything that runs code of the plugin.
void tryPlugin(const std::string& name, const std::string& bytes,
               const std::vector<Vector>& vectors, Listener& listener) {
    listener.began("loading");
    const auto library = Library::load(name, bytes);
    if (!library) return listener.found("load", {}, library.error());
    const auto descriptor = readDescriptor((*library)->plugin(), (*library)->image());
    if (!descriptor) return listener.found("load", {}, descriptor.error());

    const auto typeOf = [&](const std::string& provider) {
        return std::find_if(descriptor->providers.begin(), descriptor->providers.end(),
                            [&](const ProviderType& type) { return type.info.name == provider; });
    };
    for (const auto& type : descriptor->providers) {
        const bool proven = std::any_of(vectors.begin(), vectors.end(), [&](const Vector& vector) {
            return vector.settings.provider == type.info.name && vector.expect.verdict == "accept";
        });
        if (!proven)
            listener.found("vectors.none", type.info.name,
                           "has no vector that is accepted, so that nothing can be derived from "
                           "it; add one, or name them with --vectors");
    }
    for (const auto& vector : vectors) {
        const auto type = typeOf(vector.settings.provider);
        if (type == descriptor->providers.end())
            listener.found(
                "vectors.provider", vector.name,
                "is for '" + vector.settings.provider + "', which this plugin does not provide");
        else
            Trial{*type, vector, listener}.run();
    }
}

} // namespace

CheckReport checkPlugin(const CheckOptions& options) {
    CheckReport report{.file = options.file.filename().string()};
    const auto bytes = readPluginFile(options.file);
    if (!bytes) {
        report.findings.push_back({"load", {}, bytes.error()});
        return report;
    }
    auto inspection = inspect(*bytes);
    if (!inspection.refusal.empty()) {
        report.findings.push_back({"load", {}, inspection.refusal});
        return report;
    }
    for (auto& flaw : inspection.style)
        report.findings.push_back({"static.exports", {}, std::move(flaw)});
    if (!options.vectors.empty()) {
        inspection.vectors.clear();
        if (!readVectors(options.vectors, inspection.vectors))
            report.findings.push_back(
                {"vectors.unreadable", {}, "no JSON file at " + options.vectors.string()});
    }
    const auto vectors = parseAll(inspection.vectors, report);
    report.providers = inspection.providers;
    report.vectors = vectors.size();
    runInChild(
        options.time_limit,
        [&](Listener& listener) { tryPlugin(report.file, *bytes, vectors, listener); }, report);
    return report;
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
