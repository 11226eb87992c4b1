#pragma once

#include "core/store/postgresql/sql_filter.hpp"

#include <string>

namespace hookgate::store::postgresql {

// Lets pass what has `part` in its subject, byte by byte but for the case of ASCII letters; there
// are no wildcards.
void addSubject(SqlFilter& conditions, const std::string& part);

} // namespace hookgate::store::postgresql
