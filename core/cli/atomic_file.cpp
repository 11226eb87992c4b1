#include "core/cli/atomic_file.hpp"

#include "core/base/file_descriptor.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hookgate::cli {
namespace {

constexpr mode_t kMode = 0644;

std::string failure(const std::filesystem::path& path) {
    return path.string() + " cannot be written: " + std::generic_category().message(errno);
}

bool writeAll(int descriptor, std::string_view content) noexcept {
    while (!content.empty()) {
        const auto written = ::write(descriptor, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

} // namespace

std::string replaceFile(const std::filesystem::path& path, std::string_view content) {
    const auto directory = path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
    auto temporary = (directory / ("." + path.filename().string() + ".XXXXXX")).string();
    const base::FileDescriptor file{::mkostemp(temporary.data(), O_CLOEXEC)};
    if (!file.isOpen()) return failure(path);
    if (!writeAll(file.get(), content) || ::fchmod(file.get(), kMode) != 0 ||
        ::fsync(file.get()) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0) {
        auto why = failure(path);
        ::unlink(temporary.c_str());
        return why;
    }
    const base::FileDescriptor parent{
        ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    return parent.isOpen() && ::fsync(parent.get()) == 0 ? std::string{} : failure(path);
}

} // namespace hookgate::cli
