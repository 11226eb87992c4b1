#pragma once

#include "core/base/json_writer.hpp"
#include "core/http/message.hpp"
#include "core/store/event_queries.hpp"

#include <cstdint>
#include <string>

namespace hookgate::management {

// {"page","pageSize","total","totalPages"}
std::string pageMeta(store::PageRequest page, std::int64_t total);

// 200 with one page of a list; `write(json, item)` writes each item.
template <class T, class Write>
http::Reply pageReply(const store::Page<T>& items, store::PageRequest page, Write write) {
    base::JsonWriter json;
    json.beginArray();
    for (const auto& item : items.items)
        write(json, item);
    json.endArray();
    return http::dataReply(200, json.text(), pageMeta(page, items.total));
}

} // namespace hookgate::management
