#include "core/plugin/sealed_copy.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace hookgate::plugin {
namespace {

std::string lastError() {
    return std::generic_category().message(errno);
}

bool writeAll(int descriptor, std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        const auto written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

} // namespace

base::Result<base::FileDescriptor, std::string> sealedCopy(std::string_view name,
                                                           std::string_view bytes) {
    const auto label = "hookgate-plugin:" + std::string{name.substr(0, 200)};
    base::FileDescriptor copy{::memfd_create(label.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    if (!copy.isOpen() || !writeAll(copy.get(), bytes) ||
        ::fcntl(copy.get(), F_ADD_SEALS, kSeals) != 0)
        return base::Error{"no private copy could be made: " + lastError()};
    static_cast<void>(::lseek(copy.get(), 0, SEEK_SET));
    return copy;
}

base::Result<std::string, std::string> readAll(int descriptor) {
    std::string bytes;
    std::string chunk(std::size_t{256} * 1024, '\0');
    while (true) {
        const auto got = ::read(descriptor, chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return base::Error{"it cannot be read: " + lastError()};
        if (got == 0) return bytes;
        bytes.append(chunk, 0, static_cast<std::size_t>(got));
        if (bytes.size() > kPluginBytesMax)
            return base::Error{std::string{"it is larger than 64 MiB"}};
    }
}

} // namespace hookgate::plugin
