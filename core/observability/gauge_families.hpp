#pragma once

#include "core/observability/metrics.hpp"
#include "core/observability/process_figures.hpp"

#include <vector>

#include <prometheus/metric_family.h>

namespace hookgate::observability {

// Figures that somebody else keeps, in the form a scrape wants them.
void appendGauges(std::vector<prometheus::MetricFamily>& families, const Gauges& gauges);
void appendProcessFigures(std::vector<prometheus::MetricFamily>& families,
                          const ProcessFigures& figures);

} // namespace hookgate::observability
