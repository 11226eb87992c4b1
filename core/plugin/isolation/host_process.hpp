#pragma once

#include "core/base/file_descriptor.hpp"
#include "core/base/result.hpp"
#include "core/plugin/child_process.hpp"
#include "core/plugin/isolation/channel.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace hookgate::plugin::isolation {

// What is needed to start a plugin host.
struct HostProgram {
    std::string path{};                                 // of hookgate-plugin-host
    std::string plugin{};                               // its name, for ps and messages
    std::shared_ptr<const base::FileDescriptor> code{}; // the sealed copy
    std::size_t memory_bytes_max = std::size_t{256} * 1024 * 1024;
};

// One running plugin host, used by one thread at a time. Killed by the destructor.
class HostProcess {
public:
    // To be called on a thread that outlives the process: the process ends with the thread that
    // started it.
    static base::Result<std::unique_ptr<HostProcess>, std::string> start(
        const HostProgram& program);

    HostProcess(ChildProcess process, Channel channel) noexcept
        : process_{std::move(process)},
          channel_{std::move(channel)} {}

    Channel& channel() noexcept { return channel_; }

    // CPU time it has used since it was started.
    std::chrono::nanoseconds cpuTime() const noexcept;

    // A call took so long: what the process may use of CPU time follows what it was asked to do.
    void account(std::chrono::nanoseconds call) noexcept;

    // Why it is no longer there, for the operator. REQUIRES: its end of the channel is closed.
    std::string fate();

private:
    ChildProcess process_;
    Channel channel_;
    std::chrono::nanoseconds unaccounted_{0}; // by its CPU limit
};

} // namespace hookgate::plugin::isolation
