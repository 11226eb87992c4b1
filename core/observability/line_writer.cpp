#include "core/observability/line_writer.hpp"

#include <algorithm>
#include <cerrno>

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hookgate::observability {
namespace {

// How often the caller is asked whether to go on waiting.
constexpr int kPatienceMs = 100;

// A pipe or terminal whose reader sleeps would hold a long write(2) for good: only what poll(2)
// promises room for is written, and that is PIPE_BUF bytes. Files never wait for anybody.
constexpr std::size_t kPipePieceBytes = 4096;
constexpr std::size_t kFilePieceBytes = std::size_t{1024} * 1024;

std::size_t pieceBytes(int descriptor) noexcept {
    struct stat status {};

    const bool file = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
    return file ? kFilePieceBytes : kPipePieceBytes;
}

// Another writer took the room that poll(2) had promised.
void pauseShortly() noexcept {
    ::poll(nullptr, 0, 10);
}

} // namespace

LineWriter::LineWriter(int descriptor) noexcept
    : descriptor_{descriptor},
      piece_bytes_{pieceBytes(descriptor)} {}

void LineWriter::begin(std::string_view lines) {
    rest_ = lines;
    if (!torn_) return;
    mended_ = '\n';
    mended_ += lines;
    rest_ = mended_;
}

LineWriter::Progress LineWriter::writeSome() noexcept {
    pollfd target{descriptor_, POLLOUT, 0};
    const int ready = ::poll(&target, 1, kPatienceMs);
    if (ready == 0) return Progress::None;
    if (ready < 0) return errno == EINTR ? Progress::Some : Progress::Failed;
    const auto written = ::write(descriptor_, rest_.data(), std::min(rest_.size(), piece_bytes_));
    if (written < 0) {
        if (errno == EINTR) return Progress::Some;
        if (errno != EAGAIN) return Progress::Failed;
        pauseShortly();
        return Progress::None;
    }
    const auto taken = rest_.substr(0, static_cast<std::size_t>(written));
    if (!taken.empty()) torn_ = taken.back() != '\n';
    rest_.remove_prefix(taken.size());
    return Progress::Some;
}

bool LineWriter::lose() noexcept {
    lost_.fetch_add(static_cast<std::uint64_t>(std::ranges::count(rest_, '\n')),
                    std::memory_order_relaxed);
    rest_ = {};
    return false;
}

} // namespace hookgate::observability
