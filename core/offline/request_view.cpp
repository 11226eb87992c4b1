#include "core/offline/request_view.hpp"

namespace hookgate::offline {

RequestView::RequestView(const plugin::check::SampleRequest& request, base::UnixMs received_at) {
    for (const auto& [name, value] : request.headers)
        headers_.push_back({name, value});
    view_ = {.headers = headers_,
             .method = request.method,
             .url = request.url,
             .path = request.path,
             .query = request.query,
             .body = request.body,
             .client_ip = request.client_ip,
             .received_at = received_at,
             .correlation_id = "offline"};
}

} // namespace hookgate::offline
