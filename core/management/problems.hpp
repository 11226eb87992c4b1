#pragma once

#include "core/http/message.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hookgate::management {

// What is wrong with a request, field by field, so that its sender hears of everything at once.
class Problems {
public:
    void add(std::string_view field, std::string_view message) {
        problems_.emplace_back(field, message);
    }

    bool empty() const noexcept { return problems_.empty(); }

    // 400 whose details are [{"field","message"}, ...] in the order of add().
    http::Reply reply() const;

private:
    std::vector<std::pair<std::string, std::string>> problems_;
};

} // namespace hookgate::management
