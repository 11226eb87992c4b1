#include "core/plugin/instance_host.hpp"

#include "core/base/crypto.hpp"
#include "core/base/text.hpp"
#include "core/base/time_text.hpp"
#include "core/plugin/host_crypto.hpp"
#include "core/plugin/host_signature.hpp"

#include <optional>
#include <utility>

namespace hookgate::plugin {
namespace {

constexpr std::string_view kProduct = "hookgate/0.1.0";
constexpr std::size_t kMessageBytesMax = 1024;
constexpr base::BootMs kWindowMs = 10'000;
constexpr int kLinesPerWindow = 20;
// Shorter ones would blank out ordinary words.
constexpr std::size_t kRedactableBytes = 6;

base::LogLevel levelOf(hg_log_level level) noexcept {
    switch (level) {
        case HG_LOG_DEBUG:
            return base::LogLevel::Debug;
        case HG_LOG_INFO:
            return base::LogLevel::Information;
        case HG_LOG_WARNING:
            return base::LogLevel::Warning;
        default:
            return base::LogLevel::Error;
    }
}

std::string_view viewOf(hg_str text) noexcept {
    return {text.data, static_cast<std::size_t>(text.size)};
}

// Digits and nothing else, at most year 9999; a unit has so many milliseconds.
std::optional<base::UnixMs> parseUnix(std::string_view text, base::UnixMs unit_ms) noexcept {
    constexpr base::UnixMs kMax = 253'402'300'799'999;
    constexpr std::size_t kDigitsMax = 15;
    if (text.empty() || text.size() > kDigitsMax) return std::nullopt;
    base::UnixMs value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    if (value > kMax / unit_ms) return std::nullopt;
    return value * unit_ms;
}

} // namespace

// The function pointers of hg_host. Nothing thrown here may cross into a plugin.
struct HostFunctions {
    static const InstanceHost& self(const hg_host* host) noexcept {
        return *static_cast<const InstanceHost*>(host);
    }

    static void log(const hg_host* host, hg_log_level level, hg_str message) noexcept {
        try {
            self(host).write(level, viewOf(message));
        } catch (const std::exception&) {
            // A line that finds no memory is lost.
        }
    }

    static std::int64_t now(const hg_host* host) noexcept { return self(host).clock_.unixMs(); }

    // The ABI sets the number of parameters.
    // NOLINTNEXTLINE(readability-function-size)
    static hg_status digest(const hg_host*, hg_hash hash, const hg_str* parts, std::uint64_t count,
                            std::uint8_t* out, std::uint64_t capacity,
                            std::uint64_t* size) noexcept {
        return digestOf(hash, {parts, count}, {out, capacity}, *size);
    }

    // NOLINTNEXTLINE(readability-function-size)
    static hg_status hmac(const hg_host*, hg_hash hash, hg_str key, const hg_str* parts,
                          std::uint64_t count, std::uint8_t* out, std::uint64_t capacity,
                          std::uint64_t* size) noexcept {
        return hmacOf(hash, key, {parts, count}, {out, capacity}, *size);
    }

    static std::uint32_t equal(const hg_host*, hg_str a, hg_str b) noexcept {
        return base::equalConstantTime(viewOf(a), viewOf(b)) ? 1 : 0;
    }

    static hg_status verifySignature(const hg_host*, hg_signature_scheme scheme, hg_str public_key,
                                     hg_str message, hg_str signature,
                                     std::uint32_t* valid) noexcept {
        bool is_valid = false;
        const auto status =
            plugin::verifySignature(scheme, public_key, message, signature, is_valid);
        *valid = is_valid ? 1 : 0;
        return status;
    }

    // The ABI sets the number of parameters.
    // NOLINTNEXTLINE(readability-function-size)
    static hg_status makeSignature(const hg_host*, hg_signature_scheme scheme, hg_str private_key,
                                   hg_str message, std::uint8_t* out, std::uint64_t capacity,
                                   std::uint64_t* size) noexcept {
        return plugin::makeSignature(scheme, private_key, message, {out, capacity}, *size);
    }

    static hg_status parseTime(const hg_host*, hg_time_format format, hg_str text,
                               std::int64_t* unix_ms) noexcept {
        std::optional<base::UnixMs> parsed;
        if (format == HG_TIME_ISO8601)
            parsed = base::parseIso8601(viewOf(text));
        else if (format == HG_TIME_S || format == HG_TIME_MS)
            parsed = parseUnix(viewOf(text), format == HG_TIME_S ? 1000 : 1);
        else
            return HG_UNSUPPORTED;
        if (!parsed) return HG_MALFORMED;
        *unix_ms = *parsed;
        return HG_OK;
    }

    static const void* extension(const hg_host*, const char*) noexcept { return nullptr; }
};

InstanceHost::InstanceHost(Identity identity, std::vector<std::string> secrets, base::Log& sink,
                           const base::Clock& clock, bool may_sign)
    : hg_host{.struct_size = sizeof(hg_host),
              .abi_major = HG_ABI_MAJOR,
              .abi_minor = HG_ABI_MINOR,
              .product = {kProduct.data(), kProduct.size()},
              .log = &HostFunctions::log,
              .now_unix_ms = &HostFunctions::now,
              .digest = &HostFunctions::digest,
              .hmac = &HostFunctions::hmac,
              .equal = &HostFunctions::equal,
              .verify_signature = &HostFunctions::verifySignature,
              .parse_time = &HostFunctions::parseTime,
              .extension = &HostFunctions::extension,
              .make_signature = may_sign ? &HostFunctions::makeSignature : nullptr},
      identity_{std::move(identity)},
      secrets_{std::move(secrets)},
      log_{sink},
      clock_{clock} {}

std::string InstanceHost::presentable(std::string_view text) const {
    // Redacted before it is cut: half a secret is one too.
    std::string result{text.substr(0, 4 * kMessageBytesMax)};
    for (const auto& secret : secrets_) {
        if (secret.size() < kRedactableBytes) continue;
        for (auto at = result.find(secret); at != std::string::npos; at = result.find(secret, at))
            result.replace(at, secret.size(), "[redacted]");
    }
    if (result.size() > kMessageBytesMax) result.resize(kMessageBytesMax);
    return base::repairUtf8(result);
}

void InstanceHost::write(hg_log_level level, std::string_view message) const {
    if (!log_.enabled(levelOf(level))) return;
    std::int64_t dropped = 0;
    if (!admitLine(dropped)) return;
    log_.write(levelOf(level), "plugin message",
               {{"provider", identity_.provider},
                {"integration", identity_.integration},
                {"message", presentable(message)},
                {"lines_dropped", dropped}});
}

bool InstanceHost::admitLine(std::int64_t& dropped) const {
    const auto now = clock_.bootMs();
    const std::lock_guard lock{mutex_};
    if (window_lines_ == 0 || now - window_began_ >= kWindowMs) {
        window_began_ = now;
        window_lines_ = 0;
    }
    if (window_lines_ == kLinesPerWindow) {
        ++dropped_;
        return false;
    }
    ++window_lines_;
    dropped = std::exchange(dropped_, 0);
    return true;
}

} // namespace hookgate::plugin
