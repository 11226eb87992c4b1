#include "core/observability/metrics.hpp"

namespace hookgate::observability {

struct Metrics::Impl {};

Metrics::Metrics() = default;
Metrics::~Metrics() = default;

void Metrics::delivery(std::string_view, std::string_view, std::chrono::milliseconds) noexcept {}

void Metrics::pluginCall(std::string_view, std::string_view, std::chrono::microseconds) noexcept {}

} // namespace hookgate::observability
