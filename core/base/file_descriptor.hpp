#pragma once

#include <utility>

#include <unistd.h>

namespace hookgate::base {

// A file descriptor that closes itself.
class FileDescriptor {
public:
    explicit FileDescriptor(int descriptor = -1) noexcept : descriptor_{descriptor} {}

    FileDescriptor(FileDescriptor&& other) noexcept
        : descriptor_{std::exchange(other.descriptor_, -1)} {}

    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }

    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;

    ~FileDescriptor() { close(); }

    int get() const noexcept { return descriptor_; }

    bool isOpen() const noexcept { return descriptor_ >= 0; }

    void close() noexcept {
        if (isOpen()) ::close(release());
    }

    // Leaves it open, for somebody else to close.
    int release() noexcept { return std::exchange(descriptor_, -1); }

private:
    int descriptor_;
};

} // namespace hookgate::base
