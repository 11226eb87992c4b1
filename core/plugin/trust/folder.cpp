#include "core/plugin/trust/folder.hpp"

#include "core/plugin/sealed_copy.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hookgate::plugin {
namespace {

constexpr mode_t kGroupMayWrite = S_IWGRP;
constexpr mode_t kOthersMayWrite = S_IWOTH;

std::string lastError() {
    return std::generic_category().message(errno);
}

std::optional<struct stat> statusOf(int descriptor) noexcept {
    struct stat status {};

    if (::fstat(descriptor, &status) != 0) return std::nullopt;
    return status;
}

bool isLink(int directory, const std::string& name) noexcept {
    struct stat status {};

    return ::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISLNK(status.st_mode);
}

// Whoever may write something may decide what the gateway runs.
std::string problemOf(const struct stat& status, const std::string& path, AccessCheck check) {
    if ((status.st_mode & kOthersMayWrite) != 0)
        return path + " can be written by everybody; chmod go-w " + path;
    if (check == AccessCheck::Lenient) return {};
    if (status.st_uid != 0 && status.st_uid != ::geteuid())
        return path + " belongs to user " + std::to_string(status.st_uid) +
               ", neither to root nor to the gateway's own (" + std::to_string(::geteuid()) +
               "); chown root " + path;
    if ((status.st_mode & kGroupMayWrite) != 0)
        return path + " can be written by its group; chmod go-w " + path;
    return {};
}

// Entries of a sticky directory can only be moved by their owners, who are checked themselves.
bool isSticky(const struct stat& status) noexcept {
    return (status.st_mode & S_ISVTX) != 0 && status.st_uid == 0;
}

base::Error<std::string> cannotRead(const std::string& path) {
    return base::Error{"the plugins directory " + path + " cannot be read: " + lastError() +
                       "; create it or set PLUGINS_DIR"};
}

// Goes down the path, from the root, one step after the other, looking at each.
base::Result<base::FileDescriptor, std::string> descend(const std::filesystem::path& path) {
    constexpr int kStep = O_PATH | O_DIRECTORY | O_CLOEXEC;
    base::FileDescriptor at{::open("/", kStep)};
    std::filesystem::path walked{"/"};
    for (const auto& step : path.relative_path()) {
        if (step.empty()) continue;
        if (const auto status = statusOf(at.get()); status && !isSticky(*status))
            if (auto problem = problemOf(*status, walked.string(), AccessCheck::Strict);
                !problem.empty())
                return base::Error{"a parent of the plugins directory: " + std::move(problem)};
        walked /= step;
        if (isLink(at.get(), step.string()))
            return base::Error{walked.string() +
                               " is a symbolic link; set PLUGINS_DIR to the path without it, which "
                               "readlink -f " +
                               path.string() + " prints"};
        base::FileDescriptor next{::openat(at.get(), step.c_str(), kStep | O_NOFOLLOW)};
        if (!next.isOpen()) return cannotRead(path.string());
        at = std::move(next);
    }
    // O_PATH opens no directory to be listed.
    base::FileDescriptor directory{::openat(at.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!directory.isOpen()) return cannotRead(path.string());
    return directory;
}

base::Result<base::FileDescriptor, std::string> openDirectory(const std::filesystem::path& path,
                                                              AccessCheck check) {
    if (check == AccessCheck::Strict) return descend(path);
    base::FileDescriptor directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!directory.isOpen()) return cannotRead(path.string());
    return directory;
}

} // namespace

base::Result<PluginFolder, std::string> PluginFolder::open(const std::filesystem::path& path,
                                                           AccessCheck check) {
    std::error_code failure;
    auto whole = std::filesystem::absolute(path, failure).lexically_normal();
    auto directory = openDirectory(whole, check);
    if (!directory) return base::Error{std::move(directory.error())};
    const auto status = statusOf(directory->get());
    if (!status) return cannotRead(whole.string());
    if (auto problem = problemOf(*status, whole.string(), check); !problem.empty())
        return base::Error{"the plugins directory: " + std::move(problem)};
    return PluginFolder{std::move(whole), std::move(*directory), check};
}

std::vector<std::string> PluginFolder::pluginNames() const {
    std::vector<std::string> names;
    const auto open_directory = "/proc/self/fd/" + std::to_string(directory_.get());
    for (const auto& entry : std::filesystem::directory_iterator{open_directory}) {
        auto name = entry.path().filename().string();
        if (name.starts_with('.') || entry.path().extension() != ".so") continue;
        std::error_code unknown;
        if (!entry.is_directory(unknown)) names.push_back(std::move(name));
    }
    std::ranges::sort(names);
    return names;
}

bool PluginFolder::has(const std::string& name) const noexcept {
    return ::faccessat(directory_.get(), name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

base::Result<std::string, std::string> PluginFolder::read(const std::string& name) const {
    const auto whole = (path_ / name).string();
    const base::FileDescriptor file{
        ::openat(directory_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
    if (!file.isOpen()) {
        if (errno == ELOOP)
            return base::Error{whole +
                               " is a symbolic link, and what it points to may change unseen; put "
                               "the file itself there"};
        return base::Error{"it cannot be read: " + lastError()};
    }
    const auto status = statusOf(file.get());
    if (!status || !S_ISREG(status->st_mode))
        return base::Error{std::string{"it is no regular file"}};
    if (auto problem = problemOf(*status, whole, check_); !problem.empty())
        return base::Error{std::move(problem)};
    return readAll(file.get());
}

std::string accessProblem(const std::filesystem::path& file, AccessCheck check) {
    struct stat status {};

    if (::stat(file.c_str(), &status) != 0) return file.string() + ": " + lastError();
    if (!S_ISREG(status.st_mode)) return file.string() + " is no regular file";
    return problemOf(status, file.string(), check);
}

} // namespace hookgate::plugin
