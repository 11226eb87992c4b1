#pragma once

#include "core/base/file_descriptor.hpp"
#include "core/base/result.hpp"
#include "core/plugin/library.hpp"
#include "core/plugin/plugin_info.hpp"

#include <hookgate/provider_abi.h>

#include <memory>
#include <string>
#include <vector>

namespace hookgate::plugin {

// One provider of a loaded plugin, ready to make instances. Immutable.
struct ProviderType {
    ProviderInfo info;
    const hg_provider* functions = nullptr;
    Image image;
    std::shared_ptr<const Library> library; // null when the provider is part of this program
    // Not null: the code is not in this process and has no functions here; processes of its own
    // load it from this sealed copy.
    std::shared_ptr<const base::FileDescriptor> isolated;
    std::string sha256; // hex, of the code; empty when the provider is part of this program

    // Tells the code of one provider from that of every other one, as long as a generation has it.
    const void* code() const noexcept {
        return functions != nullptr ? static_cast<const void*>(functions) : this;
    }
};

// What a plugin says of itself, checked: nothing of it is used unseen. The error says what its
// author has to mend.
struct Descriptor {
    std::string version;
    std::string abi;
    std::vector<ProviderType> providers;
};

base::Result<Descriptor, std::string> readDescriptor(const hg_plugin* plugin, const Image& image);

} // namespace hookgate::plugin
