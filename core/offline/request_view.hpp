#pragma once

#include "core/plugin/check/vectors.hpp"
#include "core/plugin/provider.hpp"

#include <vector>

namespace hookgate::offline {

// A request as a provider is shown it. Refers to the request, which outlives it.
class RequestView {
public:
    RequestView(const plugin::check::SampleRequest& request, base::UnixMs received_at);
    RequestView(const RequestView&) = delete;
    RequestView& operator=(const RequestView&) = delete;

    const plugin::InboundRequest& operator*() const noexcept { return view_; }

private:
    std::vector<plugin::HeaderView> headers_;
    plugin::InboundRequest view_;
};

} // namespace hookgate::offline
