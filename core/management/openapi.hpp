#pragma once

#include <string_view>

namespace hookgate::management {

// openapi.yaml as it was when this was built.
std::string_view openApiDocument() noexcept;

} // namespace hookgate::management
