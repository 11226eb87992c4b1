#pragma once

#include "core/config/load.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::config {

// The texts of the configuration before they mean anything: the environment over the file. Values
// are taken as they are (`${...}` is not expanded: a secret may hold it), empty ones are absent.
class Layers {
public:
    // An unreadable file becomes a problem and an empty layer.
    Layers(const Variables& environment, const std::filesystem::path& file,
           std::vector<Problem>& problems);
    ~Layers();
    Layers(const Layers&) = delete;
    Layers& operator=(const Layers&) = delete;

    std::optional<std::string> text(std::string_view key) const;
    Source source(std::string_view key) const;
    // Every name in the file, known or not.
    std::vector<std::string> fileKeys() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace hookgate::config
