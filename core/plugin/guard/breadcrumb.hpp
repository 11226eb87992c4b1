#pragma once

#include <string_view>

namespace hookgate::plugin::guard {

// What this thread is doing in a plugin, for whoever finds the process dead. Set on the stack
// around a call; cheap enough for every one.
class Breadcrumb {
public:
    // Longer texts are cut. An empty hash leaves none: the code does not run in this process.
    Breadcrumb(std::string_view provider, std::string_view sha256, std::string_view step,
               std::string_view correlation_id) noexcept;
    ~Breadcrumb();
    Breadcrumb(const Breadcrumb&) = delete;
    Breadcrumb& operator=(const Breadcrumb&) = delete;
};

// From now on a thread that dies of SIGSEGV, SIGABRT, SIGBUS, SIGFPE or SIGILL within a call, or a
// plugin that calls exit(), leaves one line in the journal first (crash_journal.hpp); a process
// that was to exit ends with code 70. The signal then ends the process as it would have without. To
// be called once, with a descriptor that stays open.
void leaveBreadcrumbsIn(int descriptor) noexcept;

} // namespace hookgate::plugin::guard
