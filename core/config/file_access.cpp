#include "core/config/file_access.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hookgate::config {
namespace {

class OpenFile {
public:
    explicit OpenFile(const std::string& file) noexcept
        : descriptor_{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)} {}

    ~OpenFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;

    int get() const noexcept { return descriptor_; }

private:
    int descriptor_;
};

base::Error<std::string> lastError() {
    return base::Error{"cannot be read: " + std::generic_category().message(errno)};
}

} // namespace

bool isWorldReadable(const std::string& file) noexcept {
    struct stat status {};

    return ::stat(file.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

base::Result<std::string, std::string> readFile(const std::string& file, std::size_t most_bytes) {
    const OpenFile open{file};

    struct stat status {};

    if (open.get() < 0 || ::fstat(open.get(), &status) != 0) return lastError();
    if (!S_ISREG(status.st_mode)) return base::Error{std::string{"is no regular file"}};
    std::string content(most_bytes + 1, '\0');
    std::size_t size = 0;
    while (size < content.size()) {
        const auto got = ::read(open.get(), content.data() + size, content.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return lastError();
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    if (size > most_bytes)
        return base::Error{"is larger than " + std::to_string(most_bytes) + " bytes"};
    content.resize(size);
    return content;
}

} // namespace hookgate::config
