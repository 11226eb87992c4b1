#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hookgate::observability {

// Writes whole lines to a descriptor that may be slow, full or gone. What cannot be written is lost
// and counted; a line that was cut off by a failure is ended before the next one begins. Used by
// one thread; lost() by any.
class LineWriter {
public:
    explicit LineWriter(int descriptor) noexcept;

    // `lines` ends with a newline. Waits for a reader that is slow until `keep_waiting`, asked
    // several times a second, says false.
    template <class KeepWaiting>
    bool write(std::string_view lines, KeepWaiting keep_waiting) {
        begin(lines);
        while (!rest_.empty()) {
            switch (writeSome()) {
                case Progress::Some:
                    break;
                case Progress::None:
                    if (!keep_waiting()) return lose();
                    break;
                case Progress::Failed:
                    return lose();
            }
        }
        return true;
    }

    std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }

private:
    enum class Progress { Some, None, Failed };

    void begin(std::string_view lines);
    Progress writeSome() noexcept;
    bool lose() noexcept;

    const int descriptor_;
    const std::size_t piece_bytes_;
    std::string mended_; // the lines, with a newline in front that ends a torn one
    std::string_view rest_;
    bool torn_ = false;
    std::atomic<std::uint64_t> lost_{0};
};

} // namespace hookgate::observability
