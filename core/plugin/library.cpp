#include "core/plugin/library.hpp"

#include "core/base/file_descriptor.hpp"
#include "core/plugin/sealed_copy.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>

namespace hookgate::plugin {
namespace {

std::string lastError() {
    return std::generic_category().message(errno);
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
    const base::FileDescriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (!file.isOpen()) return base::Error{"it cannot be read: " + lastError()};
    std::error_code failure;
    if (!std::filesystem::is_regular_file(path, failure))
        return base::Error{std::string{"it is no regular file"}};
    return readAll(file.get());
}

base::Result<std::shared_ptr<const Library>, std::string> Library::load(std::string_view name,
                                                                        std::string_view bytes) {
    auto copy = sealedCopy(name, bytes);
    if (!copy) return base::Error{std::move(copy.error())};
    const auto path = "/proc/self/fd/" + std::to_string(copy->get());
    void* const handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle == nullptr) {
        const char* const message = ::dlerror();
        return base::Error{explain(message == nullptr ? "it does not load" : message, path)};
    }
    // The loader knows libraries by path: were this descriptor's number used for another copy, it
    // would hand out the code it already has.
    const int kept = copy->release();

    const auto* const symbol = static_cast<const hg_plugin*>(::dlsym(handle, "hg_plugin_v1"));
    return std::shared_ptr<const Library>{new Library{symbol, imageAround(symbol), kept}};
}

} // namespace hookgate::plugin
