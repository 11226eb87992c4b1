#include "core/plugin/probe/subject.hpp"

#include "core/plugin/check/play.hpp"
#include "core/plugin/check/vectors.hpp"
#include "core/plugin/descriptor.hpp"
#include "core/plugin/inspection.hpp"
#include "core/plugin/library.hpp"
#include "core/plugin/probe/messages.hpp"
#include "core/plugin/sealed_copy.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string>
#include <vector>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace hookgate::plugin {
namespace {

constexpr rlim_t kMemoryBytesMax = rlim_t{2} << 30;

// Tells the probe; keeps the first thing that a vector finds.
class Teller final : public check::Listener {
public:
    explicit Teller(int output) : output_{output} {}

    void began(std::string_view what) override {
        send(kDoing, "playing its vector '" + std::string{what} + "'");
    }

    void ran(std::size_t) override {}

    void found(std::string_view, std::string_view where, std::string_view text) override {
        if (problem_.empty())
            problem_ = "its own vector '" + std::string{where} + "': " + std::string{text};
    }

    const std::string& problem() const noexcept { return problem_; }

    void send(char kind, std::string_view text) const {
        std::string message{kind};
        for (const char c : text)
            if (c != '\0') message += c;
        message += '\0';
        std::string_view rest{message};
        while (!rest.empty()) {
            const auto written = ::write(output_, rest.data(), rest.size());
            if (written < 0 && errno != EINTR) return; // nobody listens any more
            if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
        }
    }

private:
    int output_;
    std::string problem_;
};

void limit(__rlimit_resource what, rlim_t soft, rlim_t hard) noexcept {
    const rlimit limits{soft, hard};
    static_cast<void>(::setrlimit(what, &limits));
}

void confine(std::chrono::seconds cpu_time_limit) noexcept {
    const auto seconds = static_cast<rlim_t>(cpu_time_limit.count());
    limit(RLIMIT_CPU, seconds, seconds + 1);
    limit(RLIMIT_CORE, 0, 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    limit(RLIMIT_AS, kMemoryBytesMax, kMemoryBytesMax); // sanitizers reserve terabytes
#endif
    static_cast<void>(::prctl(PR_SET_PDEATHSIG, SIGKILL));
}

// Plays what is written, without anything derived from it. What is wrong, or nothing.
std::string play(const std::vector<ProviderType>& types, const std::vector<std::string>& texts,
                 Teller& teller) {
    for (const auto& text : texts) {
        const auto vectors = check::parseVectors(text, check::UnknownMembers::Ignored);
        if (!vectors) return "its vectors cannot be read: " + vectors.error();
        for (const auto& vector : *vectors) {
            const auto type = std::ranges::find_if(types, [&](const ProviderType& each) {
                return each.info.name == vector.settings.provider;
            });
            if (type == types.end())
                return "its vector '" + vector.name + "' is for '" + vector.settings.provider +
                       "', which it does not provide";
            check::Bench bench{*type, vector, teller};
            check::playVector(bench);
            if (!teller.problem().empty()) return teller.problem();
        }
    }
    return {};
}

std::string probe(std::string_view name, int input, Teller& teller) {
    const auto bytes = readAll(input);
    if (!bytes) return bytes.error();
    const auto inspection = inspect(*bytes);
    if (!inspection.refusal.empty()) return inspection.refusal;
    teller.send(kDoing, "loading");
    const auto library = Library::load(name, *bytes);
    if (!library) return library.error();
    teller.send(kDoing, "reading its descriptor");
    const auto descriptor = readDescriptor((*library)->plugin(), (*library)->image());
    if (!descriptor) return descriptor.error();
    return play(descriptor->providers, inspection.vectors, teller);
}

} // namespace

void probeSubject(std::string_view name, int input, int output,
                  std::chrono::seconds cpu_time_limit) {
    confine(cpu_time_limit);
    Teller teller{output};
    const auto problem = probe(name, input, teller);
    teller.send(problem.empty() ? kPassed : kProblem, problem);
}

} // namespace hookgate::plugin
