#include "core/plugin/isolation/host_pool.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace hookgate::plugin::isolation {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kFirstPause{10};
constexpr unsigned kDoublingsMax = 6; // 640 ms
constexpr std::size_t kLinesMax = 64; // of one call
constexpr std::size_t kTriesMax = 3;  // to find a process that takes the question
constexpr milliseconds kTimeToReplace{250};
constexpr milliseconds kLook{10}; // between looks at the CPU time of an overdue call

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
    std::string why = "no process of the plugin is free";
    for (std::size_t tries = 0; tries < kTriesMax; ++tries) {
        auto process = acquire(limits.cpu_time);
        if (!process) break;
        auto answer = converse(*process, question, answer_bytes_max, limits);
        if (answer) {
            release(std::move(process));
            return std::move(*answer);
        }
        why = host_->presentable(answer.error().why);
        lost(std::move(process), why);
        if (answer.error().asked) return unavailable(std::move(why));
    }
    return base::Error{CallError{CallFailure::NotAsked, std::move(why)}};
}

std::unique_ptr<HostProcess> HostPool::acquire(milliseconds patience) {
    std::unique_lock lock{mutex_};
    if (idle_.empty() && running_ > 0) {
        if (starting_ == 0 && failures_ == 0 && running_ < options_.processes_max)
            startOne(milliseconds{0});
        released_.wait_for(lock, patience, [&] { return !idle_.empty() || running_ == 0; });
    }
    // One that was serving is soon replaced; for one that goes on failing, nobody waits.
    if (idle_.empty() && starting_ > 0 && failures_ == 1)
        released_.wait_for(lock, kTimeToReplace, [&] { return !idle_.empty() || failures_ > 1; });
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
    std::vector<std::unique_ptr<HostProcess>> others;
    {
        const std::lock_guard lock{mutex_};
        others = takeUnusable();
        running_ -= 1 + others.size();
        pause = kFirstPause * (1U << std::min(failures_, kDoublingsMax));
        ++failures_;
        if (running_ + starting_ == 0) startOne(pause);
    }
    released_.notify_all();
    logLoss(why, pause);
    for (const auto& other : others)
        logLoss(host_->presentable(whyUnusable(*other).why), pause);
}

std::vector<std::unique_ptr<HostProcess>> HostPool::takeUnusable() {
    const auto first = std::stable_partition(
        idle_.begin(), idle_.end(), [](const auto& idle) { return idle->channel().isQuiet(); });
    std::vector<std::unique_ptr<HostProcess>> unusable{std::make_move_iterator(first),
                                                       std::make_move_iterator(idle_.end())};
    idle_.erase(first, idle_.end());
    return unusable;
}

void HostPool::logLoss(const std::string& why, milliseconds pause) const {
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
    released_.notify_all();
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
    if (!channel.isQuiet()) return base::Error{whyUnusable(process)};
    if (const auto sent = channel.send(question, last); sent != Channel::Result::Done)
        return endOf(sent, process, sent != Channel::Result::Closed);
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

HostPool::NoAnswer HostPool::whyUnusable(HostProcess& process) {
    Frame unasked;
    const auto got = process.channel().receive(unasked, 0, steady_clock::now());
    if (got == Channel::Result::Closed) return endOf(got, process, false).value;
    return endOf(Channel::Result::Broken, process, false).value;
}

base::Error<HostPool::NoAnswer> HostPool::endOf(Channel::Result result, HostProcess& process,
                                                bool asked) {
    switch (result) {
        case Channel::Result::TimedOut:
            return {NoAnswer{"the call took too long, its process was killed", asked}};
        case Channel::Result::Closed:
            return {NoAnswer{process.fate() + "; it ran in a process of its own", asked}};
        case Channel::Result::Broken:
        case Channel::Result::Done:
            break;
    }
    return {NoAnswer{"its process answers with something that is no answer", asked}};
}

} // namespace hookgate::plugin::isolation
