#include "core/plugin/isolation/host_pool.hpp"

#include <algorithm>
#include <utility>

namespace hookgate::plugin::isolation {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kFirstPause{10};
constexpr unsigned kDoublingsMax = 6; // 640 ms
constexpr std::size_t kLinesMax = 64; // of one call
constexpr milliseconds kLook{10};     // between looks at the CPU time of an overdue call

hg_log_level levelOf(std::uint32_t level) noexcept {
    switch (static_cast<base::LogLevel>(level)) {
        case base::LogLevel::Debug:
        case base::LogLevel::Trace:
            return HG_LOG_DEBUG;
        case base::LogLevel::Information:
        case base::LogLevel::Notice:
            return HG_LOG_INFO;
        case base::LogLevel::Warning:
            return HG_LOG_WARNING;
        default:
            return HG_LOG_ERROR;
    }
}

base::Error<CallError> unavailable(std::string why) {
    return {CallError{CallFailure::Unavailable, std::move(why)}};
}

} // namespace

HostPool::HostPool(Options options, std::unique_ptr<const InstanceHost> host, Starter& starter,
                   base::Log& log, InstanceHost::Identity identity)
    : options_{std::move(options)},
      host_{std::move(host)},
      starter_{starter},
      log_{log},
      identity_{std::move(identity)} {}

void HostPool::add(std::unique_ptr<HostProcess> process) {
    const std::lock_guard lock{mutex_};
    idle_.push_back(std::move(process));
    ++running_;
}

base::Result<std::string, CallError> HostPool::ask(std::string_view question,
                                                   std::size_t answer_bytes_max,
                                                   const Limits& limits) {
    auto process = acquire(limits.cpu_time);
    if (!process)
        return base::Error{CallError{CallFailure::NotAsked, "no process of the plugin is free"}};
    auto answer = converse(*process, question, answer_bytes_max, limits);
    if (!answer) {
        auto why = host_->presentable(answer.error());
        lost(std::move(process), why);
        return unavailable(std::move(why));
    }
    release(std::move(process));
    return std::move(*answer);
}

std::unique_ptr<HostProcess> HostPool::acquire(milliseconds patience) {
    std::unique_lock lock{mutex_};
    if (idle_.empty() && running_ > 0) {
        if (starting_ == 0 && failures_ == 0 && running_ < options_.processes_max)
            startOne(milliseconds{0});
        released_.wait_for(lock, patience, [&] { return !idle_.empty() || running_ == 0; });
    }
    if (idle_.empty()) return nullptr;
    auto process = std::move(idle_.back());
    idle_.pop_back();
    return process;
}

void HostPool::release(std::unique_ptr<HostProcess> process) {
    {
        const std::lock_guard lock{mutex_};
        failures_ = 0;
        idle_.push_back(std::move(process));
    }
    released_.notify_one();
}

void HostPool::lost(std::unique_ptr<HostProcess> process, const std::string& why) {
    process.reset(); // ends it, before another takes its place
    milliseconds pause{0};
    {
        const std::lock_guard lock{mutex_};
        --running_;
        pause = kFirstPause * (1U << std::min(failures_, kDoublingsMax));
        ++failures_;
        if (running_ + starting_ == 0) startOne(pause);
    }
    released_.notify_all();
    log_.warning("plugin process lost", {{"provider", identity_.provider},
                                         {"integration", identity_.integration},
                                         {"reason", why},
                                         {"next_start_ms", pause.count()}});
}

void HostPool::startOne(milliseconds delay) {
    ++starting_;
    starter_.start(options_.program, options_.create, delay,
                   [weak = weak_from_this()](Starter::Started result) {
                       if (const auto pool = weak.lock()) pool->started(std::move(result));
                   });
}

void HostPool::started(Starter::Started result) {
    std::string why;
    {
        const std::lock_guard lock{mutex_};
        --starting_;
        if (result) {
            idle_.push_back(std::move(result->process));
            ++running_;
        } else {
            why = host_->presentable(result.error());
            const auto pause = kFirstPause * (1U << std::min(failures_, kDoublingsMax));
            ++failures_;
            if (running_ == 0) startOne(pause);
        }
    }
    released_.notify_one();
    if (!why.empty())
        log_.error("plugin process does not start", {{"provider", identity_.provider},
                                                     {"integration", identity_.integration},
                                                     {"reason", why}});
}

HostPool::Answer HostPool::converse(HostProcess& process, std::string_view question,
                                    std::size_t answer_bytes_max, const Limits& limits) const {
    auto& channel = process.channel();
    const auto began = steady_clock::now();
    const auto last = began + limits.time;
    const auto used_before = process.cpuTime();
    if (!channel.isQuiet()) {
        // It has ended meanwhile, or talks unasked: its next answer would be to something else.
        Frame unasked;
        return endOf(channel.receive(unasked, 0, began) == Channel::Result::Closed
                         ? Channel::Result::Closed
                         : Channel::Result::Broken,
                     process);
    }
    if (const auto sent = channel.send(question, last); sent != Channel::Result::Done)
        return endOf(sent, process);
    Frame frame;
    auto deadline = began + limits.cpu_time;
    for (std::size_t lines = 0; lines < kLinesMax;) {
        const auto result = channel.receive(frame, answer_bytes_max, deadline);
        if (result == Channel::Result::TimedOut) {
            const auto now = steady_clock::now();
            // It may only have had no turn: a busy machine is not its fault.
            if (now >= last || process.cpuTime() - used_before >= limits.cpu_time)
                return endOf(result, process);
            deadline = std::min(now + kLook, last);
            continue;
        }
        if (result != Channel::Result::Done) return endOf(result, process);
        if (frame.kind == Kind::Answer) {
            process.account(steady_clock::now() - began);
            return std::move(frame.payload);
        }
        if (!takeLine(frame)) break;
        ++lines;
    }
    return endOf(Channel::Result::Broken, process);
}

bool HostPool::takeLine(const Frame& frame) const {
    Reader reader{frame.payload};
    const auto level = reader.number();
    const auto message = reader.text();
    if (frame.kind != Kind::Line || !reader.complete()) return false;
    host_->log(host_.get(), levelOf(level), {message.data(), message.size()});
    return true;
}

HostPool::Answer HostPool::endOf(Channel::Result result, HostProcess& process) {
    switch (result) {
        case Channel::Result::TimedOut:
            return base::Error{std::string{"the call took too long, its process was killed"}};
        case Channel::Result::Closed:
            return base::Error{process.fate() + "; it ran in a process of its own"};
        case Channel::Result::Broken:
        case Channel::Result::Done:
            break;
    }
    return base::Error{std::string{"its process answers with something that is no answer"}};
}

} // namespace hookgate::plugin::isolation
