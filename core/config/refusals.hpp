#pragma once

#include "core/config/layers.hpp"
#include "core/config/load.hpp"

#include <filesystem>
#include <vector>

namespace hookgate::config {

// Adds what is wrong with settings that are each readable: values that contradict each other, and
// what production does not put up with. Keys that `problems` names already are left alone.
void refuse(const Settings& settings, const Layers& layers, const std::filesystem::path& file,
            std::vector<Problem>& problems);

} // namespace hookgate::config
