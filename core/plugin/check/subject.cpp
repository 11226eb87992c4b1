#include "core/plugin/check/subject.hpp"

#include "core/plugin/library.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace hookgate::plugin::check {
namespace {

// The JSON texts at a path; none: nothing can be read there.
std::vector<std::string> textsAt(const std::filesystem::path& path) {
    std::error_code failure;
    std::vector<std::filesystem::path> files;
    if (std::filesystem::is_directory(path, failure)) {
        for (const auto& entry : std::filesystem::directory_iterator{path, failure})
            if (entry.path().extension() == ".json") files.push_back(entry.path());
        std::sort(files.begin(), files.end());
    } else {
        files.push_back(path);
    }
    std::vector<std::string> texts;
    for (const auto& file : files) {
        std::ifstream in{file, std::ios::binary};
        if (!in) return {};
        texts.emplace_back(std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{});
    }
    return texts;
}

std::vector<Vector> parseAll(const std::vector<std::string>& texts, Listener& listener) {
    std::vector<Vector> vectors;
    for (const auto& text : texts) {
        auto parsed = parseVectors(text, UnknownMembers::Refused);
        if (parsed)
            std::move(parsed->begin(), parsed->end(), std::back_inserter(vectors));
        else
            listener.found("vector.unreadable", {}, parsed.error());
    }
    return vectors;
}

} // namespace

std::optional<Subject> readSubject(const std::filesystem::path& file,
                                   const std::filesystem::path& vectors, Listener& listener) {
    auto bytes = readPluginFile(file);
    if (!bytes) {
        listener.found("static.refused", {}, bytes.error());
        return std::nullopt;
    }
    auto inspection = inspect(*bytes);
    if (!inspection.refusal.empty()) {
        listener.found("static.refused", {}, inspection.refusal);
        return std::nullopt;
    }
    auto texts = vectors.empty() ? inspection.vectors : textsAt(vectors);
    if (texts.empty() && !vectors.empty())
        listener.found("vector.unreadable", {}, "no JSON file at " + vectors.string());
    return Subject{.name = file.filename().string(),
                   .bytes = std::move(*bytes),
                   .inspection = std::move(inspection),
                   .vectors = parseAll(texts, listener)};
}

base::Result<Descriptor, std::string> loadCopy(const Subject& subject) {
    const auto library = Library::load(subject.name, subject.bytes);
    if (!library) return base::Error{library.error()};
    return readDescriptor((*library)->plugin(), (*library)->image());
}

std::optional<Descriptor> load(const Subject& subject, Listener& listener) {
    listener.began("loading");
    auto descriptor = loadCopy(subject);
    if (descriptor) return std::move(*descriptor);
    listener.found("load.refused", {}, descriptor.error());
    return std::nullopt;
}

} // namespace hookgate::plugin::check
