#include "core/plugin/plugin_code.hpp"

#include "core/plugin/library.hpp"

#include <utility>

namespace hookgate::plugin {

bool PluginCodes::knows(std::string_view sha256) const {
    return by_sha256_.find(sha256) != by_sha256_.end();
}

PluginCodes::Loaded PluginCodes::load(std::string_view name, std::string_view bytes,
                                      const std::string& sha256) {
    if (const auto known = by_sha256_.find(sha256); known != by_sha256_.end()) return known->second;
    if (mapped_ >= kMost)
        return base::Error{"this process has loaded " + std::to_string(kMost) +
                           " plugin files, which stay mapped; restart the gateway to load more"};
    return loadAnew(name, bytes, sha256);
}

PluginCodes::Loaded PluginCodes::loadAnew(std::string_view name, std::string_view bytes,
                                          const std::string& sha256) {
    const auto library = Library::load(name, bytes);
    if (!library) return base::Error{library.error()};
    ++mapped_;
    auto descriptor = readDescriptor((*library)->plugin(), (*library)->image());
    if (!descriptor)
        return by_sha256_.emplace(sha256, base::Error{std::move(descriptor.error())}).first->second;
    auto code = std::make_shared<PluginCode>(PluginCode{sha256, std::move(descriptor->version),
                                                        std::move(descriptor->abi),
                                                        std::move(descriptor->providers)});
    for (auto& type : code->providers)
        type.library = *library;
    return by_sha256_.emplace(sha256, std::shared_ptr<const PluginCode>{std::move(code)})
        .first->second;
}

} // namespace hookgate::plugin
