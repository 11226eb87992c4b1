#include "core/store/sqlite/lock_file.hpp"

#include "core/store/event_store.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace hookgate::store::sqlite {
namespace {

std::string holderOf(int descriptor) {
    std::array<char, 32> text{};
    const auto size = ::pread(descriptor, text.data(), text.size() - 1, 0);
    return size > 0 ? "process " + std::string{text.data(), static_cast<std::size_t>(size)}
                    : "another process";
}

} // namespace

LockFile::LockFile(const std::string& database_path) {
    const auto path = database_path + "-lock";
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor_ < 0)
        throw StoreError{"cannot open " + path + ": " + std::strerror(errno), false};
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
        const auto holder = holderOf(descriptor_);
        ::close(descriptor_);
        throw StoreError{"the database " + database_path + " is in use by another gateway (" +
                             holder + " holds " + path + "); stop that one first",
                         false};
    }
    // Information for whoever is refused; the lock itself is what counts.
    const auto pid = std::to_string(::getpid());
    if (::ftruncate(descriptor_, 0) == 0)
        static_cast<void>(::pwrite(descriptor_, pid.data(), pid.size(), 0) == 0);
}

LockFile::~LockFile() {
    ::close(descriptor_);
}

} // namespace hookgate::store::sqlite
