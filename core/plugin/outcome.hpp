#pragma once

#include "core/plugin/host_call.hpp"
#include "core/plugin/library.hpp"
#include "core/plugin/provider.hpp"

#include <hookgate/provider_abi.h>

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hookgate::plugin {

// A call that failed, on its way to the one place that catches it.
struct CallFailed {
    CallError error;
};

// The plugin broke the contract: what it answered is not used.
CallFailed misbehaved(std::string what);

// The memory an outcome may point to: the call's arena, the plugin's own image, the call's inputs.
class Ownership {
public:
    Ownership(const HostCall& call, const Image& image) noexcept : call_{&call}, image_{image} {}

    // Of an outcome that another process told: nothing but the inputs.
    Ownership() noexcept = default;

    void addInput(std::string_view input) { inputs_.push_back(input); }

    bool owns(const void* data, std::size_t bytes) const noexcept;

    // Throws CallFailed for text that is not there, too long or no UTF-8.
    std::string text(hg_str text, std::size_t bytes_max, const char* what) const;
    // The same for bytes of any kind.
    std::string bytes(hg_str bytes, std::size_t bytes_max, const char* what) const;

private:
    const HostCall* call_ = nullptr;
    Image image_{};
    std::vector<std::string_view> inputs_;
};

// What a plugin filled in, checked and copied. All throw CallFailed.
Verdict readVerdict(const hg_verdict& verdict, const Ownership& ownership);
std::vector<NormalizedEvent> readEvents(const hg_events& events, const Ownership& ownership,
                                        std::string_view body, JsonIndex& scratch);
std::vector<std::pair<std::string, std::string>> readHeaders(const hg_header* headers,
                                                             std::uint32_t count,
                                                             const Ownership& ownership);
Outbound readOutbound(const hg_outbound& outbound, const Ownership& ownership);

} // namespace hookgate::plugin
