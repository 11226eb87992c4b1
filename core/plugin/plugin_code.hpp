#pragma once

#include "core/base/result.hpp"
#include "core/plugin/descriptor.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hookgate::plugin {

// The code of one plugin, and what it says of itself, checked. Immutable; in memory, where it stays
// mapped for the life of the process, or isolated.
struct PluginCode {
    std::string sha256{}; // hex, of the bytes that run
    std::string version{};
    std::string abi{};
    std::vector<ProviderType> providers{};
};

// How plugins are loaded that must never run in this process.
struct IsolatedLoading {
    // Whether a file is such a one, by the providers of its manifest; empty: none is.
    std::function<bool(const std::vector<std::string>& providers)> wanted{};
    // What a plugin says of itself, checked; the error says what to do.
    std::function<base::Result<Descriptor, std::string>(
        std::string_view name, std::shared_ptr<const base::FileDescriptor> copy)>
        describe{};
};

// Every plugin code this process has loaded, by its hash: the same bytes are never mapped twice, so
// that going back and forth between versions costs nothing. Not thread-safe.
class PluginCodes {
public:
    static constexpr std::size_t kMost = 512;

    using Loaded = base::Result<std::shared_ptr<const PluginCode>, std::string>;

    explicit PluginCodes(IsolatedLoading isolated = {}) : isolated_{std::move(isolated)} {}

    // Whether load() would run nothing.
    bool knows(std::string_view sha256) const;

    // Runs the constructors of the code, the first time, unless it is isolated. The error says what
    // to do. REQUIRES: inspect(bytes) refused nothing and found the providers; sha256 is theirs.
    Loaded load(std::string_view name, std::string_view bytes, const std::string& sha256,
                const std::vector<std::string>& providers = {});

    // How many libraries are mapped.
    std::size_t mapped() const noexcept { return mapped_; }

private:
    Loaded loadAnew(std::string_view name, std::string_view bytes, const std::string& sha256);
    Loaded describeIsolated(std::string_view name, std::string_view bytes,
                            const std::string& sha256);

    const IsolatedLoading isolated_;
    std::map<std::string, Loaded, std::less<>> by_sha256_; // refused ones too, once they are mapped
    std::size_t mapped_ = 0;
};

} // namespace hookgate::plugin
