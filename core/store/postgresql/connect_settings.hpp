#pragma once

#include "core/store/postgresql/connection.hpp"

#include <string>
#include <utility>
#include <vector>

namespace hookgate::store::postgresql {

using ConnectSettings = std::vector<std::pair<std::string, std::string>>;

// What libpq is told, once for each host of the URL: libpq itself would try the next host only
// after a refusal, never after silence. Throws StoreError for what is no connection string.
std::vector<ConnectSettings> connectSettings(const ConnectOptions& options);

// The parameters as libpq wants them; they outlive it.
class PointersTo {
public:
    explicit PointersTo(const Parameters& parameters) {
        for (const auto& value : parameters.values()) {
            values_.push_back(value ? value->data() : nullptr);
            lengths_.push_back(value ? static_cast<int>(value->size()) : 0);
            formats_.push_back(1);
        }
    }

    int count() const noexcept { return static_cast<int>(values_.size()); }

    const char* const* values() const noexcept { return values_.data(); }

    const int* lengths() const noexcept { return lengths_.data(); }

    const int* formats() const noexcept { return formats_.data(); }

private:
    std::vector<const char*> values_;
    std::vector<int> lengths_;
    std::vector<int> formats_;
};

} // namespace hookgate::store::postgresql
