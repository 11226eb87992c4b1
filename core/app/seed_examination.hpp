#pragma once

#include "core/app/plugin_isolation.hpp"
#include "core/base/clock.hpp"
#include "core/base/silent_log.hpp"
#include "core/config/settings.hpp"
#include "core/domain/integration.hpp"
#include "core/integrations/value_resolver.hpp"
#include "core/plugin/registry.hpp"

#include <iosfwd>
#include <string>
#include <vector>

namespace hookgate::app {

// What would keep `serve` from taking up an integration, found before it is written. What is wrong
// here and so everywhere is a problem; what may be different where `serve` runs (its environment,
// its plugins) is a warning. For one thread.
class SeedExamination {
public:
    // Loads the plugins of PLUGINS_DIR as `serve` does; `program` as for Gateway. Throws
    // StartupError when PLUGIN_ISOLATION needs what is not there.
    SeedExamination(const config::Settings& settings, const std::string& program,
                    std::ostream& warnings);

    void examine(const domain::Integration& integration);

    // A line each, with the file, the integration and the key.
    const std::vector<std::string>& problems() const noexcept { return problems_; }

private:
    void examineReferences(const domain::Integration& integration);
    void examineSettings(const domain::Integration& integration);
    void examineInstance(const domain::Integration& integration);
    void warn(const domain::Integration& integration, const std::string& why);
    void problem(const domain::Integration& integration, const std::string& why);

    const config::Settings& settings_;
    const integrations::ValueResolver resolver_;
    std::ostream& warnings_;
    base::SilentLog log_;
    base::SystemClock clock_;
    PluginIsolation isolation_;
    const plugin::Registry registry_;
    std::vector<std::string> problems_;
};

} // namespace hookgate::app
