#include "core/delivery/routes.hpp"

#include "core/delivery/lease_keeper.hpp"

#include <utility>

namespace hookgate::delivery {

PinnedHost::PinnedHost(const CallbackUrl& url, const std::vector<base::IpAddress>& addresses) {
    std::string_view host = url.host;
    if (host.ends_with('.')) host.remove_suffix(1); // as in the URL
    text_.append(host).append(1, ':').append(std::to_string(url.port));
    char separator = ':';
    for (const auto& address : addresses) {
        text_.push_back(separator);
        separator = ',';
        if (address.isV4())
            text_.append(address.text());
        else
            text_.append(1, '[').append(address.text()).append(1, ']');
    }
    node_ = {text_.data(), nullptr};
}

void Routes::refresh() {
    auto snapshot = directory_.snapshot();
    if (snapshot == snapshot_) return;
    snapshot_ = std::move(snapshot);
    routes_.clear();
}

std::shared_ptr<Route> Routes::find(const base::Uuid& integration_id) {
    if (const auto known = routes_.find(integration_id); known != routes_.end())
        return known->second;
    if (!snapshot_) return nullptr;
    const auto found = snapshot_->by_id.find(integration_id);
    if (found == snapshot_->by_id.end() || !canDeliver(*found->second)) return nullptr;
    auto route = std::make_shared<Route>();
    route->integration = found->second;
    if (auto url = parseCallbackUrl(route->integration->callback_url))
        route->url = std::move(*url);
    else
        route->url_error = url.error();
    routes_.emplace(integration_id, route);
    return route;
}

} // namespace hookgate::delivery
