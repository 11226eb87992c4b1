#include "core/plugin/isolation/starter.hpp"

#include "core/base/thread.hpp"

#include <algorithm>
#include <cstdint>
#include <future>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace hookgate::plugin::isolation {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// For its constructors, its create() and a busy machine.
constexpr milliseconds kTimeToStart{5000};
constexpr milliseconds kTimeToTakeQuestion{100};
constexpr std::size_t kFirstAnswerBytesMax = std::size_t{16} * 1024 * 1024;
constexpr std::size_t kLinesMax = 64;

std::string refusalIn(const Frame& frame) {
    Reader reader{frame.payload};
    const auto why = reader.text();
    if (frame.kind != Kind::Refusal || !reader.complete())
        return "its process answers with something that is no answer";
    return std::string{why};
}

} // namespace

Starter::Starter() : bell_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    thread_ = base::startThread("plugin-starter", [this] { run(); });
}

Starter::~Starter() {
    {
        const std::lock_guard lock{mutex_};
        ending_ = true;
    }
    ring();
    thread_.join();
}

void Starter::start(HostProgram program, std::string question, milliseconds delay, Done done) {
    {
        const std::lock_guard lock{mutex_};
        arrived_.push_back({std::move(program), std::move(question), std::move(done),
                            steady_clock::now() + delay});
    }
    ring();
}

Starter::Started Starter::startAndWait(HostProgram program, std::string question) {
    std::promise<Started> promise;
    auto started = promise.get_future();
    start(std::move(program), std::move(question), milliseconds{0},
          [&promise](Started result) { promise.set_value(std::move(result)); });
    return started.get();
}

void Starter::ring() const noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(bell_.get(), &one, sizeof(one));
}

void Starter::run() {
    std::list<Job> jobs;
    while (true) {
        {
            const std::lock_guard lock{mutex_};
            for (auto& job : arrived_)
                jobs.push_back(std::move(job));
            arrived_.clear();
            if (ending_) break;
        }
        const auto now = steady_clock::now();
        std::erase_if(jobs, [now](Job& job) { return advance(job, now); });
        waitForWork(jobs);
    }
    for (auto& job : jobs)
        job.done(base::Error{std::string{"the gateway ends"}});
}

void Starter::waitForWork(const std::list<Job>& jobs) const {
    std::vector<pollfd> watched{{.fd = bell_.get(), .events = POLLIN, .revents = 0}};
    auto next = Time::max();
    for (const auto& job : jobs) {
        next = std::min(next, job.when);
        if (job.process)
            watched.push_back(
                {.fd = job.process->channel().descriptor(), .events = POLLIN, .revents = 0});
    }
    int timeout_ms = -1;
    if (!jobs.empty()) {
        const auto left = std::chrono::ceil<milliseconds>(next - steady_clock::now());
        timeout_ms = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
    }
    ::poll(watched.data(), watched.size(), timeout_ms);
    std::uint64_t rings = 0;
    [[maybe_unused]] const auto got = ::read(bell_.get(), &rings, sizeof(rings));
}

bool Starter::advance(Job& job, Time now) {
    const auto end = [&](std::string why) {
        job.done(base::Error{std::move(why)});
        return true;
    };
    if (!job.process) {
        if (now < job.when) return false;
        auto process = HostProcess::start(job.program);
        if (!process) return end(std::move(process.error()));
        job.process = std::move(*process);
        job.when = now + kTimeToStart;
        return false;
    }
    auto& channel = job.process->channel();
    Frame frame;
    for (std::size_t lines = 0; lines < kLinesMax; ++lines) {
        switch (channel.receive(frame, kFirstAnswerBytesMax, now)) {
            case Channel::Result::TimedOut:
                return now >= job.when && end("its process was not ready after " +
                                              std::to_string(kTimeToStart.count()) + " ms");
            case Channel::Result::Closed:
                return end(job.process->fate() + " while it was started");
            case Channel::Result::Broken:
                return end("its process answers with something that is no answer");
            case Channel::Result::Done:
                break;
        }
        if (frame.kind == Kind::Line) continue; // nobody asked it anything yet
        if (!job.asked && frame.kind == Kind::Ready) {
            job.asked = true;
            if (channel.send(job.question, steady_clock::now() + kTimeToTakeQuestion) !=
                Channel::Result::Done)
                return end("its process does not take what it is asked");
            continue;
        }
        if (!job.asked || frame.kind != Kind::Answer) return end(refusalIn(frame));
        job.done(StartedHost{std::move(job.process), std::move(frame.payload)});
        return true;
    }
    return end("its process talks without end");
}

} // namespace hookgate::plugin::isolation
