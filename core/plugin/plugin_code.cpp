#include "core/plugin/plugin_code.hpp"

#include "core/plugin/library.hpp"
#include "core/plugin/sealed_copy.hpp"

#include <utility>

namespace hookgate::plugin {
namespace {

std::shared_ptr<PluginCode> codeOf(const std::string& sha256, Descriptor descriptor) {
    for (auto& type : descriptor.providers)
        type.sha256 = sha256;
    return std::make_shared<PluginCode>(PluginCode{sha256, std::move(descriptor.version),
                                                   std::move(descriptor.abi),
                                                   std::move(descriptor.providers)});
}

} // namespace

bool PluginCodes::knows(std::string_view sha256) const {
    return by_sha256_.find(sha256) != by_sha256_.end();
}

PluginCodes::Loaded PluginCodes::load(std::string_view name, std::string_view bytes,
                                      const std::string& sha256,
                                      const std::vector<std::string>& providers) {
    if (const auto known = by_sha256_.find(sha256); known != by_sha256_.end()) return known->second;
    if (by_sha256_.size() >= kMost)
        return base::Error{"this process has loaded " + std::to_string(kMost) +
                           " plugin files, which it keeps; restart the gateway to load more"};
    if (isolated_.wanted && isolated_.wanted(providers))
        return describeIsolated(name, bytes, sha256);
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
    auto code = codeOf(sha256, std::move(*descriptor));
    for (auto& type : code->providers)
        type.library = *library;
    return by_sha256_.emplace(sha256, std::shared_ptr<const PluginCode>{std::move(code)})
        .first->second;
}

PluginCodes::Loaded PluginCodes::describeIsolated(std::string_view name, std::string_view bytes,
                                                  const std::string& sha256) {
    auto sealed = sealedCopy(name, bytes);
    if (!sealed) return base::Error{std::move(sealed.error())};
    const auto copy = std::make_shared<const base::FileDescriptor>(std::move(*sealed));
    auto descriptor = isolated_.describe(name, copy);
    if (!descriptor) return base::Error{std::move(descriptor.error())};
    auto code = codeOf(sha256, std::move(*descriptor));
    for (auto& type : code->providers)
        type.isolated = copy;
    return by_sha256_.emplace(sha256, std::shared_ptr<const PluginCode>{std::move(code)})
        .first->second;
}

} // namespace hookgate::plugin
