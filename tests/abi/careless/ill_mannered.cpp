// A sound verifier that does to its process, or to its input, what no plugin may: a way for each
// macro.
#include "tests/abi/broken/till.hpp"

#include <atomic>
#include <chrono>
#include <climits>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

class IllMannered final : public Till {
public:
#if defined(HG_NO_SECRETS)
    IllMannered(const hookgate::Settings& settings, const hookgate::Context&)
        : Till{settings, AnySecrets {}} {}
#elif defined(HG_NO_REASON)
    IllMannered(const hookgate::Settings& settings, const hookgate::Context&)
        : Till{settings, AnySecrets {}} {
        if (secrets_.empty()) throw hookgate::InvalidSettings{""};
    }
#elif defined(HG_WRONG_STATUS)
    IllMannered(const hookgate::Settings& settings, const hookgate::Context&)
        : Till{settings, AnySecrets {}} {
        if (secrets_.empty()) throw std::out_of_range{"no secret"};
    }
#elif defined(HG_LEAK)
    IllMannered(const hookgate::Settings& settings, const hookgate::Context& context)
        : Till{settings, context} {
        kept_ = new std::array<char, 32>{}; // and never deletes it
    }
#else
    using Till::Till;
#endif

#if defined(HG_EXAMPLE)
    static constexpr hookgate::Info kInfo{
        .name = "till",
        .title = "Till",
        .settings_schema = R"({"type":"object","additionalProperties":false,)"
                           R"("properties":{"shop":{"type":"string","examples":[7]}},)"
                           R"("examples":[{"shop":"north"},{"store":"north"}]})",
        .tolerance_ms = 300'000};
#endif

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
#if defined(HG_THREAD)
        std::thread{[] { ::pause(); }}.detach();
#elif defined(HG_DESCRIPTOR)
        static_cast<void>(::open("/dev/null", O_RDONLY | O_CLOEXEC));
#elif defined(HG_FLOOD)
        // Into every pipe that its process has open, whether anybody reads it or not.
        static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
        constexpr std::string_view kNonsense = "{\"began\":7,\"ran\":\"many\",\"id\":1}\n";
        const std::string endless(PIPE_BUF, 'x');
        for (std::string_view text = kNonsense; true; text = endless)
            for (int descriptor = 3; descriptor < 1024; ++descriptor) {
                struct stat file {};

                pollfd writable{descriptor, POLLOUT, 0};
                if (::fstat(descriptor, &file) == 0 && S_ISFIFO(file.st_mode) &&
                    ::poll(&writable, 1, 0) == 1)
                    static_cast<void>(::write(descriptor, text.data(), text.size()) > 0);
            }
#elif defined(HG_SIGNAL)
        static_cast<void>(std::signal(SIGUSR1, SIG_IGN));
#elif defined(HG_ENVIRONMENT)
        static_cast<void>(::setenv("TILL", "open", 1));
#elif defined(HG_LOCALE)
        static_cast<void>(std::setlocale(LC_ALL, "C.UTF-8"));
#elif defined(HG_UMASK)
        ::umask(077);
#elif defined(HG_DIRECTORY)
        static_cast<void>(::chdir("/") == 0);
#elif defined(HG_CALL_LEAK)
        kept_ = new std::array<char, 32>{};
#elif defined(HG_OVERREAD)
        // One byte behind the body, where a C string would have its end.
        const auto* const behind = request.body().data() + request.body().size();
        if (*static_cast<const volatile char*>(behind) != '\0')
            return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISMATCH);
#elif defined(HG_ARENA)
        // Takes for a wrong signature what was no memory.
        try {
            return Till::verify(request, context);
        } catch (const hookgate::Failure&) {
            return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISMATCH);
        }
#elif defined(HG_OLDER_HOST)
        // Does not ask whether the host has it.
        if (context.host().make_signature == nullptr)
            return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISMATCH);
#elif defined(HG_ODD_REQUEST)
        if (request.header("x-till-signature").size() > 4096) throw std::length_error{"too long"};
#elif defined(HG_RACE)
        // Keeps in the object what belongs to the call.
        const int mine = ++calls_;
        std::this_thread::sleep_for(std::chrono::microseconds{50});
        if (mine != calls_) return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISMATCH);
#endif
        return Till::verify(request, context);
    }

    std::vector<hookgate::Event> normalize(const hookgate::Request& request,
                                           const hookgate::Context& context) const override {
        auto events = Till::normalize(request, context);
#if defined(HG_CHANCE)
        static std::atomic<int> calls{0};
        events.front().subject = std::to_string(++calls);
#endif
        return events;
    }

#if defined(HG_SIGN)
    hookgate::Signed sign(const hookgate::Request& request, std::string_view,
                          const hookgate::Context& context) const override {
        return {.headers = { { "x-till-signature", expected(request, context) } }};
    }
#endif

private:
    [[maybe_unused]] mutable std::atomic<int> calls_{0};
    [[maybe_unused]] mutable std::array<char, 32>* kept_ = nullptr;
};

} // namespace

HG_EXPORT_PROVIDERS(IllMannered);
