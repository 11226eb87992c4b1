#include "core/plugin/check/file_checks.hpp"

#include "core/plugin/elf_file.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <vector>

namespace hookgate::plugin::check {
namespace {

using Words = std::span<const std::string_view>;

bool isAmong(Words words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

// A kind of function that a plugin has no use for.
struct Forbidden {
    std::string_view id;
    std::string_view why;
    Words names;
    Words prefixes{}; // of mangled names: what libstdc++ offers of the same kind
};

constexpr std::array<std::string_view, 25> kNetwork{
    "socket",      "socketpair", "connect",    "bind",          "listen",
    "accept",      "accept4",    "send",       "sendto",        "sendmsg",
    "recv",        "recvfrom",   "recvmsg",    "gethostbyname", "gethostbyaddr",
    "getaddrinfo", "res_query",  "res_search", "shm_open",      "mq_open",
    "msgget",      "semget",     "shmget",     "eventfd",       "inotify_init"};
constexpr std::array<std::string_view, 26> kProcesses{
    "fork",        "vfork",        "clone",  "execve",   "execv",   "execvp", "execvpe",
    "execl",       "execlp",       "execle", "execveat", "fexecve", "system", "popen",
    "posix_spawn", "posix_spawnp", "daemon", "ptrace",   "prctl",   "kill",   "tgkill",
    "raise",       "setuid",       "setgid", "unshare",  "reboot"};
constexpr std::array<std::string_view, 3> kLoading{"dlopen", "dlmopen", "dlclose"};
constexpr std::array<std::string_view, 3> kThreads{"pthread_create", "thrd_create", "timer_create"};
constexpr std::array<std::string_view, 2> kThreadNames{"_ZNSt6thread15_M_start_thread",
                                                       "_ZSt9asyncI"};
constexpr std::array<std::string_view, 12> kSignals{
    "signal", "bsd_signal", "sysv_signal", "__sysv_signal",   "sigaction", "sigset",
    "alarm",  "setitimer",  "sigprocmask", "pthread_sigmask", "signalfd",  "sigaltstack"};
constexpr std::array<std::string_view, 9> kState{"setenv",   "putenv", "unsetenv",
                                                 "clearenv", "umask",  "setlocale",
                                                 "chdir",    "fchdir", "setrlimit"};
constexpr std::array<std::string_view, 1> kStateNames{"_ZNSt6locale6globalE"};
constexpr std::array<std::string_view, 8> kEnds{"exit",  "_exit",  "_Exit",         "quick_exit",
                                                "abort", "atexit", "__assert_fail", "err"};
constexpr std::array<std::string_view, 15> kFiles{
    "open",   "open64",  "openat", "openat64", "creat",   "fopen",   "fopen64", "freopen",
    "fdopen", "opendir", "unlink", "rename",   "mkstemp", "syscall", "__open_2"};
constexpr std::array<std::string_view, 3> kFileNames{"_ZNSt13basic_filebuf",
                                                     "_ZNSt14basic_ifstream", "_ZNSt10filesystem"};
constexpr std::array<std::string_view, 22> kImpure{
    "getenv",          "secure_getenv", "time",       "gettimeofday", "clock_gettime", "localtime",
    "localtime_r",     "rand",          "srand",      "random",       "rand_r",        "drand48",
    "getrandom",       "getentropy",    "arc4random", "sleep",        "usleep",        "nanosleep",
    "clock_nanosleep", "poll",          "select",     "read"};
constexpr std::array<std::string_view, 2> kImpureNames{"_ZNSt6chrono3_V2", "_ZNSt13random_device"};
constexpr std::array<std::string_view, 5> kComparisons{"strcmp", "strncmp", "strcasecmp",
                                                       "strncasecmp", "bcmp"};

constexpr std::array kForbidden{
    Forbidden{"static.network", "a plugin computes and talks to nobody", kNetwork},
    Forbidden{"static.process", "a plugin starts and ends no process", kProcesses},
    Forbidden{"static.loading", "a plugin loads nothing else", kLoading},
    Forbidden{"static.thread", "a plugin starts no thread and no timer", kThreads, kThreadNames},
    Forbidden{"static.signal", "signals belong to the gateway", kSignals},
    Forbidden{"static.state", "what all of the process shares is not a plugin's to change", kState,
              kStateNames},
    Forbidden{"static.exit", "return HG_INTERNAL or throw instead", kEnds},
    Forbidden{"static.file", "a plugin reads and writes no file", kFiles, kFileNames},
    Forbidden{"static.impure",
              "the same input has to bring the same outcome at once: take the time from the host",
              kImpure, kImpureNames},
    Forbidden{"static.comparison",
              "it ends at the first difference; compare what is secret with hg_host.equal",
              kComparisons},
};

// A runtime that was linked into the plugin brings imports of its own, whatever the plugin itself
// uses: those tell nothing. Measured with g++ 12 and glibc 2.36.
struct LinkedIn {
    std::string_view mark;    // a text that is in every file with this runtime in it
    std::string_view library; // which brings it otherwise
    Words imports;
};

constexpr std::array<std::string_view, 22> kOfLibstdcpp{
    "abort",      "__assert_fail", "atexit",     "setlocale", "open",   "open64",
    "fopen",      "fopen64",       "fdopen",     "syscall",   "getenv", "secure_getenv",
    "getentropy", "getrandom",     "arc4random", "read",      "poll",   "strcmp",
    "strncmp",    "bcmp",          "opendir",    "unlink"};
constexpr std::array<std::string_view, 11> kOfCoverage{"open",   "open64", "fopen", "fopen64",
                                                       "fdopen", "getenv", "abort", "exit",
                                                       "read",   "strcmp", "atexit"};

constexpr std::array kLinkedIn{
    LinkedIn{"N10__cxxabiv117__class_type_infoE", "libstdc++.so", kOfLibstdcpp},
    LinkedIn{"GCOV_PREFIX_STRIP", "libgcov.so", kOfCoverage}};

constexpr std::array<std::string_view, 9> kLibraries{
    "libc.so.6",       "libm.so.6",  "libstdc++.so.6",       "libgcc_s.so.1",
    "libpthread.so.0", "libdl.so.2", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1",
    "libc++.so.1"};

bool isLinkedIn(const LinkedIn& runtime, std::string_view bytes,
                const std::vector<std::string_view>& needed) {
    return bytes.find(runtime.mark) != std::string_view::npos &&
           std::none_of(needed.begin(), needed.end(), [&](std::string_view library) {
               return library.starts_with(runtime.library);
           });
}

bool isOfKind(const Forbidden& kind, std::string_view name) {
    return isAmong(kind.names, name) ||
           std::any_of(kind.prefixes.begin(), kind.prefixes.end(),
                       [&](std::string_view prefix) { return name.starts_with(prefix); });
}

void checkImports(const ElfFile& elf, std::string_view bytes, Listener& listener) {
    const auto needed = elf.needed();
    const auto is_runtimes = [&](std::string_view name) {
        return std::any_of(kLinkedIn.begin(), kLinkedIn.end(), [&](const LinkedIn& runtime) {
            return isAmong(runtime.imports, name) && isLinkedIn(runtime, bytes, needed);
        });
    };
    for (const auto& kind : kForbidden) {
        std::string names;
        for (const auto name : elf.imports())
            if (isOfKind(kind, name) && !is_runtimes(name))
                names.append(names.empty() ? "" : ", ").append(name);
        if (!names.empty())
            listener.found(kind.id, {}, "uses " + names + "; " + std::string{kind.why});
    }
    for (const auto library : needed)
        if (!isAmong(kLibraries, library))
            listener.found("static.library", {},
                           "needs " + std::string{library} +
                               ", which has to be on every gateway's machine; link it in");
    if (const auto path = elf.searchPath(); !path.empty())
        listener.found("static.search-path", {},
                       "looks for libraries in " + std::string{path} +
                           "; whoever can write there runs code in the gateway");
}

void checkExports(const ElfFile& elf, Listener& listener) {
    std::string names;
    std::string shared;
    for (const auto& symbol : elf.exports()) {
        const bool belongs =
            symbol.name == "hg_plugin_v1" || symbol.name == "_init" || symbol.name == "_fini";
        if (belongs && !symbol.unique) continue;
        auto& list = symbol.unique ? shared : names;
        list.append(list.empty() ? "" : ", ").append(symbol.name);
    }
    if (!shared.empty())
        listener.found("static.unique", {},
                       "exports " + shared +
                           ", which all plugins would share; build it with -fno-gnu-unique and a "
                           "version script");
    if (!names.empty())
        listener.found(
            "static.exports", {},
            "exports " + names + "; only hg_plugin_v1 may be seen, use a version script");
}

void checkLinking(const ElfFile& elf, Listener& listener) {
    if (elf.wantsExecutableStack())
        listener.found(
            "static.executable-stack", {},
            "makes every stack of the gateway executable; build without nested functions "
            "and link with -z noexecstack");
    if (elf.hasWritableCode())
        listener.found("static.writable-code", {}, "has memory that is both written and run");
    if (elf.hasTextRelocations())
        listener.found("static.text-relocations", {},
                       "has code that is changed while it loads; compile all of it with -fPIC");
    if (!elf.bindsAtOnce())
        listener.found("static.lazy-binding", {},
                       "finds its functions when they are called; link with -z now");
}

} // namespace

void checkFile(std::string_view bytes, const Inspection& inspection, Listener& listener) {
    std::string why;
    const auto elf = ElfFile::open(bytes, why);
    if (!elf) return listener.found("static.refused", {}, why);
    if (!inspection.manifest.present)
        listener.found("static.manifest", {},
                       "has no .hg_manifest, so that its code has to run before anybody knows what "
                       "it is; HG_EXPORT_PROVIDERS(...) writes one");
    checkExports(*elf, listener);
    checkLinking(*elf, listener);
    checkImports(*elf, bytes, listener);
}

} // namespace hookgate::plugin::check
