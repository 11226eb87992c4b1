#include "core/plugin/guard/crash_journal.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hookgate::plugin::guard {
namespace {

// Of the newest lines; older ones are not read.
constexpr off_t kReadBytesMax = off_t{256} * 1024;
constexpr std::string_view kReleased = "released";

template <class Number>
bool parse(std::string_view text, Number& number) noexcept {
    const auto* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    return result.ec == std::errc{} && result.ptr == end;
}

std::vector<std::string_view> wordsOf(std::string_view line) {
    std::vector<std::string_view> words;
    while (!line.empty()) {
        const auto space = std::min(line.find(' '), line.size());
        words.push_back(line.substr(0, space));
        line.remove_prefix(std::min(space + 1, line.size()));
    }
    return words;
}

bool isHash(std::string_view text) noexcept {
    constexpr std::size_t kHexDigits = 64;
    return text.size() == kHexDigits && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

std::optional<Crash> crashOf(const std::vector<std::string_view>& words) {
    Crash crash;
    base::UnixMs seconds = 0;
    if (words.size() != 6 || !parse(words[0], seconds) || !parse(words[1], crash.signal) ||
        !isHash(words[3]))
        return std::nullopt;
    constexpr base::UnixMs kSecondsMax = 253'402'300'799; // year 9999
    crash.at = std::clamp<base::UnixMs>(seconds, 0, kSecondsMax) * 1000;
    crash.provider = words[2];
    crash.sha256 = words[3];
    crash.step = words[4];
    crash.correlation_id = words[5];
    return crash;
}

std::string lastBytes(int file) {
    struct stat status {};

    if (::fstat(file, &status) != 0) return {};
    std::string text(static_cast<std::size_t>(std::min(status.st_size, kReadBytesMax)), '\0');
    const auto got =
        ::pread(file, text.data(), text.size(), status.st_size - static_cast<off_t>(text.size()));
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

std::string reasonOf(const Crash& last) {
    const auto how = last.signal == 0 ? std::string{"it called exit()"}
                                      : "with signal " + std::to_string(last.signal);
    return "it ended the gateway " + std::to_string(kCrashesToQuarantine) + " times within " +
           std::to_string(kCrashesWithin.count()) + " minutes, last in " + last.step + " " + how;
}

} // namespace

std::vector<Crash> readCrashes(std::string_view text) {
    std::vector<Crash> crashes;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto words = wordsOf(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (words.size() == 2 && words[0] == kReleased)
            std::erase_if(crashes, [&](const Crash& crash) { return crash.sha256 == words[1]; });
        else if (auto crash = crashOf(words))
            crashes.push_back(std::move(*crash));
    }
    return crashes;
}

std::map<std::string, std::string> quarantinedBy(const std::vector<Crash>& crashes) {
    std::map<std::string, std::vector<const Crash*>> by_hash;
    for (const auto& crash : crashes)
        by_hash[crash.sha256].push_back(&crash);
    std::map<std::string, std::string> reasons;
    for (const auto& [sha256, all] : by_hash)
        for (std::size_t last = kCrashesToQuarantine - 1; last < all.size(); ++last) {
            const auto span = all[last]->at - all[last + 1 - kCrashesToQuarantine]->at;
            if (std::chrono::milliseconds{span} <= kCrashesWithin)
                reasons.insert_or_assign(sha256, reasonOf(*all[last]));
        }
    return reasons;
}

CrashJournal::CrashJournal(base::FileDescriptor file, std::vector<Crash> crashes) noexcept
    : file_{std::move(file)},
      crashes_{std::move(crashes)} {}

base::Result<CrashJournal, std::string> CrashJournal::open(const std::filesystem::path& file) {
    constexpr mode_t kMode = 0600;
    base::FileDescriptor journal{
        ::open(file.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kMode)};
    if (!journal.isOpen())
        return base::Error{file.string() + ": " + std::generic_category().message(errno)};
    auto crashes = readCrashes(lastBytes(journal.get()));
    return CrashJournal{std::move(journal), std::move(crashes)};
}

void CrashJournal::release(std::string_view sha256) const noexcept {
    std::array<char, 128> line{};
    const auto size = std::min(sha256.size(), std::size_t{64});
    auto* end = std::copy(kReleased.begin(), kReleased.end(), line.data());
    *end++ = ' ';
    end = std::copy_n(sha256.data(), size, end);
    *end++ = '\n';
    [[maybe_unused]] const auto written =
        ::write(file_.get(), line.data(), static_cast<std::size_t>(end - line.data()));
}

} // namespace hookgate::plugin::guard
