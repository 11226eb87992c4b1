#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/plugin/contract.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hookgate::plugin {

struct HeaderView {
    std::string_view name{}; // lower case
    std::string_view value{};
};

// An inbound request as a provider sees it. Views end with the call.
struct InboundRequest {
    std::span<const HeaderView> headers{}; // wire order, duplicates kept
    std::string_view method{};
    std::string_view url{};   // absolute, as configured at the provider
    std::string_view path{};  // as sent, undecoded
    std::string_view query{}; // undecoded, without '?'
    std::string_view body{};  // exact bytes
    std::string_view client_ip{};
    base::UnixMs received_at = 0;
    std::string_view correlation_id{};
};

enum class Decision { Reject, Accept, Respond };

// Why a request is not authentic: a metric label and a log field, never told to the sender.
enum class RejectReason {
    Unspecified,
    SignatureMissing,
    SignatureMalformed,
    SignatureMismatch,
    TimestampOutOfRange,
    NotConfigured,
    DuplicateHeader
};

struct Verdict {
    Decision decision = Decision::Reject;
    RejectReason reason = RejectReason::Unspecified;
    std::string key_id{};       // which secret matched
    base::UnixMs signed_at = 0; // 0: the scheme has no timestamp
    int response_status = 0;    // the handshake's answer, for Respond
    std::string response_content_type{};
    std::string response_body{};
    std::vector<std::pair<std::string, std::string>> response_headers{};
};

struct NormalizedEvent {
    std::string external_id{}; // empty: the key is derived from the body
    std::string type{};
    std::string subject{};
    std::string ordering_key{};
    std::string payload{};                  // JSON
    base::UnixMs occurred_at = 0;           // 0: when it was received
    bool test = false;                      // somebody tries the connection
    std::optional<RejectReason> rejected{}; // this item alone is not authentic
};

// What a delivery carries, for format().
struct DeliveryView {
    std::string_view event_id{};
    std::string_view external_id{};
    std::string_view type{};
    std::string_view subject{};
    std::string_view payload{};
    base::UnixMs occurred_at = 0;
    base::UnixMs received_at = 0;
    std::uint32_t attempt = 1;
};

struct Outbound {
    std::string content_type{};
    std::string body{};
    std::vector<std::pair<std::string, std::string>> headers{};
};

// How a call into a plugin ended when it did not succeed.
enum class CallFailure {
    Malformed,   // authentic but unreadable: 400, nothing stored
    Ignored,     // authentic and of no interest: acknowledged, nothing stored
    Limit,       // arena or size limit: 413
    Unsupported, // no such function
    Internal,    // the plugin is broken or misbehaves: 500, the provider retries
    Unavailable, // the plugin did not end: 503, the provider retries
    NotAsked     // not now, for no fault of the request: 503, the provider retries
};

struct CallError {
    CallFailure failure = CallFailure::Internal;
    std::string explanation{}; // for the operator, never for the sender
};

// One integration's instance of a provider: plugin code behind an exception barrier. It computes
// and does nothing else. Any number of threads may call it at once.
class Provider {
public:
    virtual ~Provider() = default;
    virtual base::Result<Verdict, CallError> verify(
        const InboundRequest& request) const noexcept = 0;
    // One event at least, unless it failed. REQUIRES: verify accepted the same request.
    virtual base::Result<std::vector<NormalizedEvent>, CallError> normalize(
        const InboundRequest& request) const noexcept = 0;
    // Unsupported: the normalized payload is sent as it is.
    virtual base::Result<Outbound, CallError> format(
        const DeliveryView& delivery) const noexcept = 0;

    // Methods beside POST that the provider answers with a handshake ("GET").
    virtual bool acceptsMethod(std::string_view method) const noexcept = 0;
    // Whether a header's value is a secret that must not be stored. `name` in lower case.
    virtual bool isSecretHeader(std::string_view name) const noexcept = 0;

    // What the plugin declares of the provider's habits.
    virtual const Contract& contract() const noexcept {
        static const Contract kNothingDeclared;
        return kNothingDeclared;
    }
};

} // namespace hookgate::plugin
