// hookgate/request.hpp - the inbound request. Part of provider.hpp.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "hookgate/failure.hpp"

namespace hookgate {

// The inbound request. All views end with the call.
class Request {
public:
    Request(const hg_request& request, const hg_call& call) noexcept
        : request_{request},
          call_{call} {}

    std::string_view method() const noexcept { return view(request_.method); }

    std::string_view url() const noexcept { return view(request_.url); }

    std::string_view path() const noexcept { return view(request_.path); }

    std::string_view query() const noexcept { return view(request_.query); }

    std::string_view body() const noexcept { return view(request_.body); }

    std::string_view clientIp() const noexcept { return view(request_.client_ip); }

    std::int64_t receivedUnixMs() const noexcept { return request_.received_unix_ms; }

    // The only value of a header, empty when absent; `name` in lower case. A header that is there
    // twice ends the call, and the request is rejected.
    std::string_view header(std::string_view name) const {
        hg_str value{};
        const auto status = call_.header(&call_, &request_, raw(name), &value);
        if (status == HG_NOT_FOUND) return {};
        if (status != HG_OK) throw Failure{status, std::string{name} + " is there more than once"};
        return view(value);
    }

    // All of them in wire order, duplicates kept.
    std::span<const hg_header> headers() const noexcept {
        return {request_.headers, request_.header_count};
    }

private:
    const hg_request& request_;
    const hg_call& call_;
};

} // namespace hookgate
