#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::plugin {

// Tries a plugin in a process of its own before this one loads it: code that crashes, exits or
// hangs while it is loaded, or does not do what its own vectors say, costs a refusal and not the
// gateway. The process is started afresh (posix_spawn), so that it shares no memory, lock or thread
// with this one. Safe to call from any thread.
class Probe {
public:
    struct Options {
        // This program, with the arguments that make it probeSubject() on its standard input.
        std::string program = "/proc/self/exe";
        std::vector<std::string> arguments{"plugins", "probe"};
        std::chrono::seconds cpu_time_limit{2};
        std::chrono::milliseconds time_limit{10'000}; // waiting for a busy machine included
    };

    explicit Probe(Options options);

    // Empty: nothing is wrong. Otherwise what happened, for the operator.
    std::string operator()(std::string_view name, std::string_view bytes) const;

private:
    Options options_;
};

} // namespace hookgate::plugin
