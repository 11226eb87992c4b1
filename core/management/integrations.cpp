#include "core/management/integrations.hpp"

#include "core/management/page_reply.hpp"
#include "core/management/query_parameters.hpp"
#include "core/management/records_json.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <tuple>
#include <utility>
#include <vector>

namespace hookgate::management {
namespace {

// As this process resolved it, which is where events go; else as it is written down.
std::string callbackUrl(const domain::Integration& integration,
                        const plugin::Directory::Snapshot& snapshot) {
    const auto resolved = snapshot.by_id.find(integration.id);
    if (resolved != snapshot.by_id.end() && !resolved->second->callback_url.empty())
        return withoutCredentials(resolved->second->callback_url);
    return withoutCredentials(integration.callback_url.literal);
}

void writeIntegration(base::JsonWriter& json, const domain::Integration& integration,
                      const plugin::Directory::Snapshot& snapshot) {
    json.beginObject();
    json.key("id").string(integration.id.text());
    json.key("provider").string(integration.provider);
    json.key("name").string(integration.name);
    json.key("callbackUrl").stringOrNull(callbackUrl(integration, snapshot));
    json.key("active").boolean(integration.active);
    writeTime(json, "createdAt", integration.created_at);
    writeTime(json, "updatedAt", integration.updated_at);
    json.endObject();
}

store::Page<domain::Integration> cut(std::vector<domain::Integration> all,
                                     store::PageRequest page) {
    store::Page<domain::Integration> result;
    result.total = static_cast<std::int64_t>(all.size());
    const auto first = std::min((page.page - 1) * page.page_size, result.total);
    const auto last = std::min(first + page.page_size, result.total);
    result.items.assign(std::make_move_iterator(all.begin() + first),
                        std::make_move_iterator(all.begin() + last));
    return result;
}

} // namespace

std::string withoutCredentials(std::string_view url) {
    std::string shown{url};
    const auto scheme_end = shown.find("://");
    if (scheme_end == std::string::npos) return shown;
    const auto authority = scheme_end + 3;
    const auto authority_end = std::min(shown.find_first_of("/?#", authority), shown.size());
    const auto at = shown.rfind('@', authority_end);
    if (at != std::string::npos && at >= authority) shown.replace(authority, at - authority, "***");
    return shown;
}

http::Reply Integrations::list(const http::Request& request) const {
    QueryParameters query{request, {"page", "pageSize", "provider", "activeOnly"}};
    const auto page = query.page();
    const auto provider = query.text("provider");
    const bool active_only = query.choice("activeOnly", {"true", "false"}) == 0U;
    if (!query.problems().empty()) return query.problems().reply();

    auto all = store_.integrations();
    std::erase_if(all, [&](const auto& integration) {
        return (provider && integration.provider != *provider) ||
               (active_only && !integration.active);
    });
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
        return std::tie(a.provider, a.name, a.id) < std::tie(b.provider, b.name, b.id);
    });
    const auto snapshot = directory_.snapshot();
    return pageReply(cut(std::move(all), page), page,
                     [&](base::JsonWriter& json, const domain::Integration& integration) {
                         writeIntegration(json, integration, *snapshot);
                     });
}

} // namespace hookgate::management
