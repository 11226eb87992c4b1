#include "core/plugin/library.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <system_error>

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

namespace hookgate::plugin {
namespace {

constexpr std::uintmax_t kFileBytesMax = std::uintmax_t{64} * 1024 * 1024;

class FileDescriptor {
public:
    explicit FileDescriptor(int fd) noexcept : fd_{fd} {}

    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;

    ~FileDescriptor() {
        if (fd_ >= 0) ::close(fd_);
    }

    int get() const noexcept { return fd_; }

    // Leaves it open for good.
    void keep() noexcept { fd_ = -1; }

private:
    int fd_;
};

std::string lastError() {
    return std::generic_category().message(errno);
}

bool writeAll(int fd, std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        const auto written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

// The loader's words without the path of the copy, which tells nobody anything.
std::string explain(std::string message, const std::string& path) {
    if (message.starts_with(path + ": ")) message.erase(0, path.size() + 2);
    if (message.find("undefined symbol") != std::string::npos)
        return message +
               "; link what defines it, and build with hookgate_add_plugin() or -Wl,-z,defs, which "
               "names what is missing";
    if (message.find("cannot open shared object file") != std::string::npos)
        return message + "; install that library";
    return message;
}

} // namespace

Image imageAround(const void* address) noexcept {
    struct Search {
        const void* address;
        Image found;
    } search{address, {}};

    ::dl_iterate_phdr(
        [](dl_phdr_info* info, std::size_t, void* data) {
            auto& wanted = *static_cast<Search*>(data);
            Image image{~std::uintptr_t{0}, 0};
            for (int i = 0; i < info->dlpi_phnum; ++i) {
                const auto& segment = info->dlpi_phdr[i];
                if (segment.p_type != PT_LOAD) continue;
                const auto begin = info->dlpi_addr + segment.p_vaddr;
                image.begin = std::min<std::uintptr_t>(image.begin, begin);
                image.end = std::max<std::uintptr_t>(image.end, begin + segment.p_memsz);
            }
            if (!image.contains(wanted.address, 1)) return 0;
            wanted.found = image;
            return 1;
        },
        &search);
    return search.found;
}

base::Result<std::string, std::string> readPluginFile(const std::filesystem::path& path) {
    const FileDescriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (file.get() < 0) return base::Error{"it cannot be read: " + lastError()};
    std::error_code failure;
    if (!std::filesystem::is_regular_file(path, failure))
        return base::Error{std::string{"it is no regular file"}};
    std::string bytes;
    std::string chunk(std::size_t{256} * 1024, '\0');
    while (true) {
        const auto got = ::read(file.get(), chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return base::Error{"it cannot be read: " + lastError()};
        if (got == 0) return bytes;
        bytes.append(chunk, 0, static_cast<std::size_t>(got));
        if (bytes.size() > kFileBytesMax)
            return base::Error{std::string{"it is larger than 64 MiB"}};
    }
}

base::Result<std::shared_ptr<const Library>, std::string> Library::load(std::string_view name,
                                                                        std::string_view bytes) {
    const auto label = "hookgate-plugin:" + std::string{name.substr(0, 200)};
    FileDescriptor copy{::memfd_create(label.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    if (copy.get() < 0 || !writeAll(copy.get(), bytes) ||
        ::fcntl(copy.get(), F_ADD_SEALS, kSeals) != 0)
        return base::Error{"no private copy could be made: " + lastError()};

    const auto path = "/proc/self/fd/" + std::to_string(copy.get());
    void* const handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle == nullptr) {
        const char* const message = ::dlerror();
        return base::Error{explain(message == nullptr ? "it does not load" : message, path)};
    }
    // The loader knows libraries by path: were this descriptor's number used for another copy, it
    // would hand out the code it already has.
    copy.keep();

    const auto* const symbol = static_cast<const hg_plugin*>(::dlsym(handle, "hg_plugin_v1"));
    return std::shared_ptr<const Library>{new Library{symbol, imageAround(symbol)}};
}

} // namespace hookgate::plugin
