#pragma once

#include "core/http/message.hpp"

#include <string>
#include <utility>

namespace hookgate::management {

// How providers of this process are taken out of service and back. Safe to call from any thread.
class QuarantineOperations {
public:
    enum class Outcome { Changed, NotInUse, AlreadySo };

    virtual ~QuarantineOperations() = default;
    // `actor` goes into the audit trail.
    virtual Outcome quarantine(const std::string& provider, const std::string& reason,
                               const std::string& actor) = 0;
    virtual Outcome release(const std::string& provider, const std::string& actor) = 0;
};

// POST /plugins/quarantine and POST /plugins/release, of the process that is asked. Any number of
// threads at once.
class PluginQuarantine {
public:
    PluginQuarantine(QuarantineOperations& operations, std::string key_name)
        : operations_{operations},
          key_name_{std::move(key_name)} {}

    http::Reply quarantine(const http::Request& request) const;
    http::Reply release(const http::Request& request) const;

private:
    QuarantineOperations& operations_;
    const std::string key_name_;
};

} // namespace hookgate::management
