#pragma once

#include "core/base/result.hpp"

#include <hookgate/provider_abi.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace hookgate::plugin {

// The addresses a loaded object occupies.
struct Image {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;

    bool contains(const void* data, std::size_t bytes) const noexcept {
        const auto first = reinterpret_cast<std::uintptr_t>(data); // NOLINT(*-reinterpret-cast)
        return first >= begin && first <= end && bytes <= end - first;
    }
};

// The loaded object, the program itself included, that an address lies in; empty: none.
Image imageAround(const void* address) noexcept;

// All bytes of a plugin file; the error says why they cannot be had.
base::Result<std::string, std::string> readPluginFile(const std::filesystem::path& path);

// Loaded plugin code. What runs is a sealed copy in memory, never the file itself: replacing or
// overwriting the file touches nothing that runs. It stays mapped for the life of the process.
class Library {
public:
    // Runs the constructors of the code. REQUIRES: inspect(bytes) refused nothing.
    static base::Result<std::shared_ptr<const Library>, std::string> load(std::string_view name,
                                                                          std::string_view bytes);

    // Null when the symbol is not there.
    const hg_plugin* plugin() const noexcept { return plugin_; }

    const Image& image() const noexcept { return image_; }

    // The sealed copy that runs, open for the life of the process: another process may load the
    // same code from it.
    int copy() const noexcept { return copy_; }

private:
    Library(const hg_plugin* plugin, Image image, int copy) noexcept
        : plugin_{plugin},
          image_{image},
          copy_{copy} {}

    const hg_plugin* plugin_;
    Image image_;
    int copy_;
};

} // namespace hookgate::plugin
