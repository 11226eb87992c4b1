#pragma once

#include "core/base/result.hpp"
#include "core/config/settings.hpp"
#include "core/domain/integration.hpp"

#include <string>

namespace hookgate::integrations {

// Turns references into values, at start and never into the database. `${APP_PORT}` in a
// development value becomes the port in force. Outside production a variable that is not set falls
// back to its development value; production needs the variable. The error says what to do and never
// tells the value. Immutable; `settings` outlives it.
class ValueResolver {
public:
    explicit ValueResolver(const config::Settings& settings) : settings_{settings} {}

    base::Result<std::string, std::string> url(const domain::ValueReference& reference) const;

    // Production refuses a secret equal to its development value, and a file that everybody on the
    // machine can read. Of a file, one trailing newline is not part of the secret.
    base::Result<std::string, std::string> secret(const domain::ValueReference& reference) const;

private:
    bool production() const noexcept;
    std::string developmentValue(const domain::ValueReference& reference) const;
    base::Result<std::string, std::string> ofFile(const std::string& file,
                                                  bool refuse_world_readable) const;
    base::Result<std::string, std::string> ofVariable(
        const domain::ValueReference& reference) const;

    const config::Settings& settings_;
};

} // namespace hookgate::integrations
