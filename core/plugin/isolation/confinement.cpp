#include "core/plugin/isolation/confinement.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace hookgate::plugin::isolation {
namespace {

constexpr rlim_t kDescriptorsMax = 32;    // while libraries are loaded; there are three
constexpr rlim_t kCpuSecondsToStart = 10; // the gateway raises it with what calls may use

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// Sanitizers reserve terabytes and call what no filter should let through.
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "the list of system calls was not reviewed for this machine"
#endif

void limit(__rlimit_resource what, rlim_t soft, rlim_t hard) noexcept {
    const rlimit limits{soft, hard};
    static_cast<void>(::setrlimit(what, &limits));
}

// A filter of system calls (seccomp(2)) as a list of what may be called; the rest fails with EPERM.
class Filter {
public:
    Filter() {
        load(offsetof(seccomp_data, arch));
        add(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0);
        add(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
        load(offsetof(seccomp_data, nr));
    }

    void allow(std::initializer_list<long> calls) {
        for (const auto call : calls) {
            add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 1);
            add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        }
    }

    // Only when the argument, of which the lower half counts, has none of these bits.
    void allowWithout(long call, std::uint32_t argument, std::uint32_t bits) {
        add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 4);
        load(offsetof(seccomp_data, args) + argument * sizeof(std::uint64_t));
        add(BPF_JMP | BPF_JSET | BPF_K, bits, 1, 0);
        add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        refuse();
    }

    // Only when the argument is this one.
    void allowOnly(long call, std::uint32_t argument, std::uint32_t value) {
        add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 4);
        load(offsetof(seccomp_data, args) + argument * sizeof(std::uint64_t));
        add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
        add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        refuse();
    }

    bool install() {
        refuse();
        if (kSanitized) return true;
        const sock_fprog program{.len = static_cast<unsigned short>(program_.size()),
                                 .filter = program_.data()};
        return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
               ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
    }

private:
    void load(std::size_t offset) {
        add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
    }

    void refuse() { add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM); }

    void add(int code, std::uint32_t operand, int if_true = 0, int if_false = 0) {
        program_.push_back({static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(if_true),
                            static_cast<std::uint8_t>(if_false), operand});
    }

    std::vector<sock_filter> program_;
};

// Memory, time, the sockets and descriptors that are open, and the end.
void allowComputing(Filter& filter) {
    filter.allow({SYS_recvfrom,       SYS_sendto,
                  SYS_read,           SYS_write,
                  SYS_close,          SYS_ppoll,
                  SYS_futex,          SYS_brk,
                  SYS_munmap,         SYS_mremap,
                  SYS_madvise,        SYS_clock_gettime,
                  SYS_gettimeofday,   SYS_clock_nanosleep,
                  SYS_nanosleep,      SYS_sched_yield,
                  SYS_getrandom,      SYS_getpid,
                  SYS_gettid,         SYS_rt_sigreturn,
                  SYS_rt_sigprocmask, SYS_exit,
                  SYS_exit_group,     SYS_restart_syscall});
    // abort() and nobody else's end.
    filter.allowOnly(SYS_tgkill, 0, static_cast<std::uint32_t>(::getpid()));
}

} // namespace

void limitResources(std::size_t memory_bytes_max) noexcept {
    static_cast<void>(::prctl(PR_SET_PDEATHSIG, SIGKILL));
    limit(RLIMIT_CORE, 0, 0);
    limit(RLIMIT_NOFILE, kDescriptorsMax, kDescriptorsMax);
    limit(RLIMIT_CPU, kCpuSecondsToStart, RLIM_INFINITY);
    if (kSanitized) return;
    limit(RLIMIT_AS, memory_bytes_max, memory_bytes_max);
    // Refused in many containers; the filters hold without it.
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC) != 0)
        static_cast<void>(::unshare(CLONE_NEWNET | CLONE_NEWIPC));
}

bool confineToLoading() noexcept {
    try {
        Filter filter;
        allowComputing(filter);
        constexpr std::uint32_t kFlags = 2;
        filter.allowWithout(SYS_openat, kFlags,
                            O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND); // O_RDONLY is 0
        filter.allow({SYS_mmap, SYS_mprotect, SYS_fstat, SYS_newfstatat, SYS_pread64, SYS_lseek,
                      SYS_memfd_create, SYS_fcntl, SYS_readlinkat, SYS_getcwd, SYS_prctl,
                      SYS_seccomp});
#ifdef SYS_readlink
        filter.allow({SYS_readlink});
#endif
        return filter.install();
    } catch (const std::exception&) {
        return false;
    }
}

bool confineToComputing() noexcept {
    try {
        Filter filter;
        allowComputing(filter);
        constexpr std::uint32_t kProtection = 2;
        filter.allowWithout(SYS_mmap, kProtection, PROT_EXEC);
        filter.allowWithout(SYS_mprotect, kProtection, PROT_EXEC);
        return filter.install();
    } catch (const std::exception&) {
        return false;
    }
}

} // namespace hookgate::plugin::isolation
