#include "core/plugin/check/child.hpp"

#include "core/base/json_writer.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hookgate::plugin::check {
namespace {

using Json = nlohmann::json;

constexpr rlim_t kMemoryBytesMax = rlim_t{2} << 30;
// Many times what a check tells.
constexpr std::size_t kLineBytesMax = std::size_t{1} << 20;
constexpr std::size_t kFindingsMax = 10'000;

// Sends each call as one line of JSON.
class PipeListener final : public Listener {
public:
    explicit PipeListener(int fd) : fd_{fd} {}

    void began(std::string_view what) override {
        base::JsonWriter line;
        line.beginObject().key("began").string(what).endObject();
        send(line.text());
    }

    void ran(std::size_t cases) override {
        base::JsonWriter line;
        line.beginObject().key("ran").integer(static_cast<std::int64_t>(cases)).endObject();
        send(line.text());
    }

    void found(std::string_view id, std::string_view where, std::string_view text) override {
        base::JsonWriter line;
        line.beginObject().key("id").string(id);
        line.key("where").string(where).key("text").string(text).endObject();
        send(line.text());
    }

    void ended() { send("{\"ended\":true}"); }

private:
    void send(const std::string& line) const {
        std::string rest = line + '\n';
        while (!rest.empty()) {
            const auto written = ::write(fd_, rest.data(), rest.size());
            if (written < 0 && errno != EINTR) ::_exit(1); // nobody listens any more
            if (written > 0) rest.erase(0, static_cast<std::size_t>(written));
        }
    }

    int fd_;
};

// What the parent knows of the child.
struct Progress {
    std::string doing = "starting";
    std::size_t findings = 0;
    bool ended = false;
};

// Empty: there is none.
std::string textOf(const Json& message, const char* key) {
    const auto found = message.find(key);
    return found != message.end() && found->is_string() ? found->get<std::string>() : "";
}

// The plugin may write into the pipe, too: a line can be anything.
void take(const std::string& line, Listener& listener, Progress& progress) {
    const auto message = Json::parse(line, nullptr, false);
    if (!message.is_object()) return;
    if (auto began = textOf(message, "began"); !began.empty()) {
        progress.doing = std::move(began);
        listener.began(progress.doing);
    }
    if (const auto ran = message.find("ran"); ran != message.end() && ran->is_number_unsigned())
        listener.ran(ran->get<std::size_t>());
    if (message.contains("ended")) progress.ended = true;
    const auto id = textOf(message, "id");
    if (id.empty() || ++progress.findings > kFindingsMax) return;
    listener.found(id, textOf(message, "where"), textOf(message, "text"));
}

// Why nothing more is read.
enum class Silence { Closed, TimeOver, TooMuch };

// Reads until the child closes its end, or may not go on.
Silence listen(int fd, std::chrono::seconds time_limit, Listener& listener, Progress& progress) {
    const auto deadline = std::chrono::steady_clock::now() + time_limit;
    std::string pending;
    std::array<char, 4096> chunk{};
    while (true) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        pollfd readable{.fd = fd, .events = POLLIN, .revents = 0};
        if (left.count() <= 0) return Silence::TimeOver;
        if (::poll(&readable, 1, static_cast<int>(left.count())) <= 0) continue;
        const auto got = ::read(fd, chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return Silence::Closed;
        const auto searched = pending.size();
        pending.append(chunk.data(), static_cast<std::size_t>(got));
        for (auto end = pending.find('\n', searched); end != std::string::npos;
             end = pending.find('\n')) {
            take(pending.substr(0, end), listener, progress);
            pending.erase(0, end + 1);
        }
        if (pending.size() > kLineBytesMax) return Silence::TooMuch;
    }
}

void limit(__rlimit_resource what, rlim_t most) noexcept {
    const rlimit limits{most, most};
    static_cast<void>(::setrlimit(what, &limits));
}

// What a plugin that runs wild cannot get past. The listener of the other process waits for
// time_limit of wall-clock time; the CPU time counts the threads of a check, too.
void confine(std::chrono::seconds time_limit) noexcept {
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, 2 * static_cast<rlim_t>(time_limit.count()) + 1);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    limit(RLIMIT_AS, kMemoryBytesMax); // sanitizers reserve terabytes
#endif
    static_cast<void>(::prctl(PR_SET_PDEATHSIG, SIGKILL));
}

[[noreturn]] void beChild(int fd, std::chrono::seconds time_limit,
                          const std::function<void(Listener&)>& work) {
    confine(time_limit);
    PipeListener listener{fd};
    try {
        work(listener);
    } catch (const std::exception& e) {
        listener.found("process.broken", {}, std::string{"the check itself failed: "} + e.what());
    }
    listener.ended();
    ::_exit(0);
}

std::string fate(int status) {
    if (WIFSIGNALED(status))
        return "crashed with signal " + std::to_string(WTERMSIG(status)) + " (" +
               ::sigdescr_np(WTERMSIG(status)) + ")";
    return "ended the process with code " + std::to_string(WEXITSTATUS(status));
}

} // namespace

void runInChild(const ChildTime& time, const std::function<void(Listener&)>& work,
                Listener& listener) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw std::system_error{errno, std::generic_category(), "pipe"};
    const auto child = ::fork();
    if (child < 0) throw std::system_error{errno, std::generic_category(), "fork"};
    if (child == 0) {
        ::close(ends[0]);
        beChild(ends[1], time.limit, work);
    }
    ::close(ends[1]);
    Progress progress;
    const auto silence = listen(ends[0], time.limit, listener, progress);
    ::close(ends[0]);
    if (silence != Silence::Closed) ::kill(child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    if (silence == Silence::TooMuch)
        listener.found("process.broken", progress.doing,
                       "writes without end into what the check itself has open");
    else if (silence == Silence::TimeOver)
        listener.found(time.overrun, progress.doing,
                       "did not end within " + std::to_string(time.limit.count()) + " s");
    else if (!progress.ended)
        listener.found("process.crash", progress.doing, fate(status));
}

} // namespace hookgate::plugin::check
