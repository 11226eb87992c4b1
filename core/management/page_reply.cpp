#include "core/management/page_reply.hpp"

namespace hookgate::management {

std::string pageMeta(store::PageRequest page, std::int64_t total) {
    const auto full_pages = total / page.page_size;
    base::JsonWriter json;
    json.beginObject();
    json.key("page").integer(page.page).key("pageSize").integer(page.page_size);
    json.key("total").integer(total);
    json.key("totalPages").integer(full_pages + (total % page.page_size == 0 ? 0 : 1));
    json.endObject();
    return std::move(json).take();
}

} // namespace hookgate::management
