#pragma once

#include "core/base/json_writer.hpp"
#include "core/management/plugins.hpp"
#include "core/plugin/reload_report.hpp"

namespace hookgate::management {

// How the plugins of a process, and what became of a wish to change them, look in answers.
void writePlugins(base::JsonWriter& json, const PluginsState& state);
void writeReport(base::JsonWriter& json, const plugin::ReloadReport& report);

} // namespace hookgate::management
