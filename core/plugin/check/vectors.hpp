#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/plugin/provider.hpp"
#include "core/plugin/registry.hpp"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hookgate::plugin::check {

// A request that owns its bytes, so that it can be changed and sent again.
struct SampleRequest {
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string method = "POST";
    std::string url{};
    std::string path{};
    std::string query{};
    std::string body{};
    std::string client_ip = "127.0.0.1";

    bool operator==(const SampleRequest&) const = default;
};

// What must become of a vector's request. Unset: not looked at.
struct Expectation {
    std::string verdict{}; // accept, reject, respond, invalid_settings
    std::string reason{};  // of a rejection
    std::optional<std::string> key_id{};
    std::string failure{}; // of normalize: malformed, ignored, limit
    std::optional<std::vector<NormalizedEvent>> events{};
    std::optional<Outbound> outbound{}; // of the first event
    std::optional<int> response_status{};
    std::optional<std::string> response_body{};
};

// One request with the settings it is sent to and what must become of it.
struct Vector {
    std::string name{};
    InstanceSettings settings{};
    std::optional<base::UnixMs> now{}; // the gateway's clock; unset: the real one
    SampleRequest request{};
    Expectation expect{};
    // Ids of checks that the scheme cannot pass with this request: what it leaves unsigned, or a
    // second signature beside the one that counts.
    std::set<std::string, std::less<>> permits{};
};

// What becomes of members that no vector has. Those who write vectors want to know of each; a
// gateway leaves them aside, since a plugin of a newer SDK may say more than it knows.
enum class UnknownMembers { Refused, Ignored };

// The vectors of one JSON text: one object, or an array of them. The error names the place.
base::Result<std::vector<Vector>, std::string> parseVectors(std::string_view json,
                                                            UnknownMembers unknown);

std::string_view nameOf(Decision decision) noexcept;
std::string_view nameOf(RejectReason reason) noexcept;
std::string_view nameOf(CallFailure failure) noexcept;

} // namespace hookgate::plugin::check
