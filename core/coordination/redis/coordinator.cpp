#include "core/coordination/redis/coordinator.hpp"

#include "core/base/crypto.hpp"
#include "core/base/hex.hpp"
#include "core/coordination/memory/coordinator.hpp"
#include "core/coordination/redis/marker_value.hpp"
#include "core/coordination/redis/round_trips.hpp"
#include "core/coordination/redis/scripts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

namespace hookgate::coordination::redis {
namespace {

constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kNameBytes = 16; // of the digest of a name
constexpr std::size_t kTokenBytes = 16;
constexpr std::int64_t kLimitMax = 1'000'000'000;
constexpr std::chrono::seconds kLongestLife{10LL * 365 * 24 * 3600};
constexpr std::chrono::seconds kLongestRetryAfter{3600};

std::string secondsText(std::chrono::seconds time_to_live) {
    return std::to_string(std::min(time_to_live, kLongestLife).count());
}

// Requests of a batch that count against the same bucket: one command for all of them.
struct Crowd {
    std::string_view name;
    std::size_t size = 0;
    std::int64_t admitted = 0;
    Admission refusal;
};

std::vector<Crowd> crowdsOf(std::span<const std::string_view> names) {
    std::vector<Crowd> crowds;
    for (const auto name : names) {
        const auto known = std::find_if(crowds.begin(), crowds.end(),
                                        [name](const auto& crowd) { return crowd.name == name; });
        if (known == crowds.end())
            crowds.push_back({.name = name, .size = 1, .admitted = 0, .refusal = {}});
        else
            ++known->size;
    }
    return crowds;
}

// "<admitted> <seconds>"; false: in doubt.
bool readAnswer(const Reply& reply, Crowd& crowd) {
    if (reply.kind != Reply::Kind::Bulk) return false;
    const auto* const end = reply.text.data() + reply.text.size();
    const auto count = std::from_chars(reply.text.data(), end, crowd.admitted);
    if (count.ec != std::errc{} || count.ptr == end || *count.ptr != ' ') return false;
    std::int64_t seconds = 0;
    const auto wait = std::from_chars(count.ptr + 1, end, seconds);
    if (wait.ec != std::errc{} || wait.ptr != end) return false;
    crowd.refusal = {.admitted = false,
                     .retry_after = std::clamp(std::chrono::seconds{seconds},
                                               std::chrono::seconds{1}, kLongestRetryAfter)};
    return crowd.admitted >= 0 && std::cmp_less_equal(crowd.admitted, crowd.size);
}

class RedisCoordinator final : public Coordinator {
public:
    RedisCoordinator(const Options& options, const base::Clock& clock, base::Log& log)
        : prefix_{"hg:" + options.installation_id.text() + ':'},
          fallback_{memory::makeCoordinator(clock)},
          round_trips_{{.address = options.address,
                        .probe_key = prefix_ + "probe",
                        .budget = options.budget},
                       log} {}

    Admission admit(std::string_view key, std::int64_t limit_per_minute) noexcept override {
        Admission admission;
        admitAll({&key, 1}, limit_per_minute, {&admission, 1});
        return admission;
    }

    void admitAll(std::span<const std::string_view> keys, std::int64_t limit_per_minute,
                  std::span<Admission> admissions) noexcept override {
        try {
            if (limit_per_minute <= 0)
                std::fill(admissions.begin(), admissions.end(), Admission{});
            else if (!admitTogether(keys, limit_per_minute, admissions))
                fallback_->admitAll(keys, limit_per_minute, admissions);
        } catch (const std::exception&) {
            fallback_->admitAll(keys, limit_per_minute, admissions);
        }
    }

    void remember(std::string_view idempotency_key, const Marker& marker,
                  std::chrono::seconds time_to_live) noexcept override {
        if (marker.body_sha256.size() != kDigestBytes || time_to_live.count() <= 0) return;
        try {
            const auto key = keyOf("seen:", idempotency_key);
            Commands commands;
            commands.add({"SET", key, encodeMarker(key, marker), "EX", secondsText(time_to_live)});
            if (!round_trips_.tell(commands))
                fallback_->remember(idempotency_key, marker, time_to_live);
        } catch (const std::exception&) {
            return; // the store is asked instead
        }
    }

    std::optional<Marker> recall(std::string_view idempotency_key) noexcept override {
        std::optional<Marker> marker;
        recallAll({&idempotency_key, 1}, {&marker, 1});
        return marker;
    }

    void recallAll(std::span<const std::string_view> idempotency_keys,
                   std::span<std::optional<Marker>> markers) noexcept override {
        try {
            if (!recallTogether(idempotency_keys, markers))
                fallback_->recallAll(idempotency_keys, markers);
        } catch (const std::exception&) {
            std::fill(markers.begin(), markers.end(), std::nullopt);
        }
    }

    std::optional<std::string> lock(std::string_view name,
                                    std::chrono::seconds time_to_live) noexcept override {
        try {
            if (time_to_live.count() <= 0) return std::nullopt;
            std::array<std::uint8_t, kTokenBytes> bytes{};
            base::randomBytes(bytes);
            auto token = base::toHex(bytes);
            Commands commands;
            commands.add(
                {"SET", keyOf("lock:", name), token, "NX", "EX", secondsText(time_to_live)});
            const auto replies = round_trips_.ask(std::move(commands));
            if (!replies || replies->front().isError()) return fallback_->lock(name, time_to_live);
            if (replies->front().isOk()) return token;
            return std::nullopt;
        } catch (const std::exception&) {
            return std::nullopt;
        }
    }

    void unlock(std::string_view name, std::string_view token) noexcept override {
        try {
            Commands commands;
            commands.add({"EVALSHA", unlockScript().name, "1", keyOf("lock:", name), token});
            static_cast<void>(round_trips_.tell(commands));
            fallback_->unlock(name, token); // it may have been taken there
        } catch (const std::exception&) {
            return; // it expires
        }
    }

    CoordinatorHealth health() const noexcept override {
        if (round_trips_.isHealthy()) return {.degraded = false, .detail = "redis"};
        return {.degraded = true, .detail = "redis cannot be used, in-process meanwhile"};
    }

private:
    std::string keyOf(std::string_view kind, std::string_view name) const {
        const auto digest = base::sha256(name);
        return prefix_ + std::string{kind} + base::toHex(std::span{digest}.first(kNameBytes));
    }

    // False: in doubt, and nothing is decided.
    bool admitTogether(std::span<const std::string_view> names, std::int64_t limit_per_minute,
                       std::span<Admission> admissions) {
        auto crowds = crowdsOf(names);
        const auto limit = std::to_string(std::min(limit_per_minute, kLimitMax));
        Commands commands;
        for (const auto& crowd : crowds)
            commands.add({"EVALSHA", admitScript().name, "1", keyOf("rate:", crowd.name), limit,
                          std::to_string(crowd.size)});
        const auto replies = round_trips_.ask(std::move(commands));
        if (!replies) return false;
        for (std::size_t i = 0; i < crowds.size(); ++i)
            if (!readAnswer((*replies)[i], crowds[i])) return false;
        for (std::size_t i = 0; i < names.size(); ++i) {
            const auto crowd =
                std::find_if(crowds.begin(), crowds.end(),
                             [&](const auto& candidate) { return candidate.name == names[i]; });
            admissions[i] = crowd->admitted-- > 0 ? Admission{} : crowd->refusal;
        }
        return true;
    }

    bool recallTogether(std::span<const std::string_view> names,
                        std::span<std::optional<Marker>> markers) {
        std::vector<std::string> keys;
        keys.reserve(names.size());
        Commands commands;
        for (const auto name : names)
            commands.add({"GET", keys.emplace_back(keyOf("seen:", name))});
        const auto replies = round_trips_.ask(std::move(commands));
        if (!replies) return false;
        for (std::size_t i = 0; i < names.size(); ++i) {
            const auto& reply = (*replies)[i];
            markers[i] =
                reply.kind == Reply::Kind::Bulk ? decodeMarker(keys[i], reply.text) : std::nullopt;
        }
        return true;
    }

    const std::string prefix_;
    const std::unique_ptr<Coordinator> fallback_;
    RoundTrips round_trips_;
};

} // namespace

std::unique_ptr<Coordinator> makeCoordinator(const Options& options, const base::Clock& clock,
                                             base::Log& log) {
    return std::make_unique<RedisCoordinator>(options, clock, log);
}

} // namespace hookgate::coordination::redis
