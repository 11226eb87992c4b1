#pragma once

#include "core/base/result.hpp"
#include "core/plugin/descriptor.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::plugin {

// The code of one plugin in memory, and what it says of itself, checked. Immutable; it stays mapped
// for the life of the process.
struct PluginCode {
    std::string sha256{}; // hex, of the bytes that run
    std::string version{};
    std::string abi{};
    std::vector<ProviderType> providers{};
};

// Every plugin code this process has loaded, by its hash: the same bytes are never mapped twice, so
// that going back and forth between versions costs nothing. Not thread-safe.
class PluginCodes {
public:
    static constexpr std::size_t kMost = 512;

    using Loaded = base::Result<std::shared_ptr<const PluginCode>, std::string>;

    // Whether load() would run nothing.
    bool knows(std::string_view sha256) const;

    // Runs the constructors of the code, the first time. The error says what to do. REQUIRES:
    // inspect(bytes) refused nothing; sha256 is theirs.
    Loaded load(std::string_view name, std::string_view bytes, const std::string& sha256);

    // How many libraries are mapped.
    std::size_t mapped() const noexcept { return mapped_; }

private:
    Loaded loadAnew(std::string_view name, std::string_view bytes, const std::string& sha256);

    std::map<std::string, Loaded, std::less<>> by_sha256_; // refused ones too, once they are mapped
    std::size_t mapped_ = 0;
};

} // namespace hookgate::plugin
