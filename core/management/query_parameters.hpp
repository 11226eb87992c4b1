#pragma once

#include "core/base/clock.hpp"
#include "core/base/uuid.hpp"
#include "core/http/message.hpp"
#include "core/management/problems.hpp"
#include "core/store/event_queries.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hookgate::management {

// The query of a request, read strictly: a name that is not allowed, a name given twice or a value
// that cannot be read is a problem, and every problem is collected. Not thread-safe.
class QueryParameters {
public:
    QueryParameters(const http::Request& request, std::initializer_list<std::string_view> allowed);

    // nullopt: absent, or a problem that was noted.
    std::optional<std::string> text(std::string_view name);
    std::optional<base::Uuid> uuid(std::string_view name);
    std::optional<base::UnixMs> time(std::string_view name);
    // The index of the value among `choices`.
    std::optional<std::size_t> choice(std::string_view name,
                                      std::initializer_list<std::string_view> choices);

    // `page` and `pageSize`.
    store::PageRequest page();

    const Problems& problems() const noexcept { return problems_; }

private:
    const std::string* find(std::string_view name) const noexcept;
    std::int64_t number(std::string_view name, std::int64_t default_value, std::int64_t most);

    std::vector<std::pair<std::string, std::string>> values_;
    Problems problems_;
};

} // namespace hookgate::management
