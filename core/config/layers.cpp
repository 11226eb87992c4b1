#include "core/config/layers.hpp"

#include "core/base/text.hpp"
#include "core/config/file_access.hpp"

#include <Poco/AutoPtr.h>
#include <Poco/Exception.h>
#include <Poco/Util/LayeredConfiguration.h>
#include <Poco/Util/MapConfiguration.h>
#include <Poco/Util/PropertyFileConfiguration.h>

#include <sstream>

namespace hookgate::config {
namespace {

using Poco::AutoPtr;
using Poco::Util::AbstractConfiguration;
using Poco::Util::LayeredConfiguration;
using Poco::Util::MapConfiguration;
using Poco::Util::PropertyFileConfiguration;

constexpr std::size_t kFileBytesMax = std::size_t{1024} * 1024;
// The lower number wins.
constexpr int kEnvironmentPriority = -50;
constexpr int kFilePriority = 0;

// Poco takes a dot as a separator of levels: every leaf of the tree is one key of the file.
void collectLeaves(const AbstractConfiguration& configuration, const std::string& path,
                   std::vector<std::string>& leaves) {
    AbstractConfiguration::Keys children;
    configuration.keys(path, children);
    if (children.empty() && !path.empty()) leaves.push_back(path);
    const auto prefix = path.empty() ? std::string{} : path + '.';
    for (const auto& child : children) {
        auto leaf = prefix;
        leaf += child;
        collectLeaves(configuration, leaf, leaves);
    }
}

AutoPtr<MapConfiguration> environmentLayer(const Variables& environment) {
    AutoPtr<MapConfiguration> layer{new MapConfiguration}; // Poco counts references itself
    for (const auto& [name, value] : environment)
        if (!base::trim(value).empty()) layer->setString(name, value);
    return layer;
}

AutoPtr<MapConfiguration> fileLayer(const std::filesystem::path& file,
                                    std::vector<std::string>& names,
                                    std::vector<Problem>& problems) {
    AutoPtr<MapConfiguration> layer{new MapConfiguration};
    if (file.empty()) return layer;
    const auto content = readFile(file.string(), kFileBytesMax);
    if (!content) {
        problems.push_back({file.string(), content.error()});
        return layer;
    }
    try {
        std::istringstream stream{*content};
        const AutoPtr<PropertyFileConfiguration> properties{new PropertyFileConfiguration(stream)};
        collectLeaves(*properties, "", names);
        for (const auto& name : names) {
            const auto value = properties->getRawString(name, "");
            if (!base::trim(value).empty()) layer->setString(name, value);
        }
    } catch (const Poco::Exception& error) {
        problems.push_back({file.string(), "is no properties file: " + error.displayText()});
    }
    return layer;
}

} // namespace

struct Layers::Impl {
    std::vector<std::string> file_keys;
    AutoPtr<LayeredConfiguration> all{new LayeredConfiguration};
    AutoPtr<MapConfiguration> environment;
};

Layers::Layers(const Variables& environment, const std::filesystem::path& file,
               std::vector<Problem>& problems)
    : impl_{std::make_unique<Impl>()} {
    impl_->environment = environmentLayer(environment);
    impl_->all->add(impl_->environment, kEnvironmentPriority);
    impl_->all->add(fileLayer(file, impl_->file_keys, problems), kFilePriority);
}

Layers::~Layers() = default;

std::optional<std::string> Layers::text(std::string_view key) const {
    const std::string name{key};
    if (!impl_->all->hasProperty(name)) return std::nullopt;
    return impl_->all->getRawString(name);
}

Source Layers::source(std::string_view key) const {
    const std::string name{key};
    if (impl_->environment->hasProperty(name)) return Source::Environment;
    return impl_->all->hasProperty(name) ? Source::File : Source::Default;
}

std::vector<std::string> Layers::fileKeys() const {
    return impl_->file_keys;
}

} // namespace hookgate::config
