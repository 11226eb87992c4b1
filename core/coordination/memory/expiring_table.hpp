#pragma once

#include "core/base/clock.hpp"
#include "core/base/crypto.hpp"

#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace hookgate::coordination::memory {

// Values by name that cannot grow without bound: each expires, their number is capped, and a long
// name costs no more than a short one. At the cap the value that was written longest ago gives way,
// so that whoever floods the table pushes out his own. A tree and not a hash table: strangers
// choose the names. Not thread-safe.
template <class Value>
class ExpiringTable {
public:
    // REQUIRES: entries_max > 0
    explicit ExpiringTable(std::size_t entries_max) : entries_max_{entries_max} {}

    // The value, until the next put() or erase(); null when there is none that is alive.
    Value* find(std::string_view name, base::BootMs now) {
        const auto found = entries_.find(keyOf(name).view());
        if (found == entries_.end() || found->second.expires <= now) return nullptr;
        return &found->second.value;
    }

    void put(std::string_view name, Value value, base::BootMs expires, base::BootMs now) {
        dropExpired(now);
        const auto key = keyOf(name);
        auto place = entries_.find(key.view());
        if (place == entries_.end()) {
            if (entries_.size() >= entries_max_) dropOldest();
            place = insert(std::string{key.view()});
        } else {
            order_.splice(order_.end(), order_, place->second.position);
        }
        place->second.value = std::move(value);
        place->second.expires = expires;
    }

    void erase(std::string_view name) {
        const auto found = entries_.find(keyOf(name).view());
        if (found == entries_.end()) return;
        order_.erase(found->second.position);
        entries_.erase(found);
    }

    // Expired ones that have not been dropped yet included.
    std::size_t size() const noexcept { return entries_.size(); }

private:
    struct Entry;
    using Entries = std::map<std::string, Entry, std::less<>>;
    using Order = std::list<typename Entries::iterator>; // by the last put, oldest first

    struct Entry {
        Value value{};
        base::BootMs expires = 0;
        typename Order::iterator position{};
    };

    // A short name as it is; a long one by its digest, behind a NUL that no short one begins with.
    class Key {
    public:
        explicit Key(std::string_view name) : name_{name} {
            if (name.size() <= kLongestName && !name.starts_with('\0')) return;
            const auto digest = base::sha256(name);
            digest_.assign(1, '\0');
            digest_.append(digest.begin(), digest.end());
        }

        std::string_view view() const noexcept {
            return digest_.empty() ? name_ : std::string_view{digest_};
        }

    private:
        static constexpr std::size_t kLongestName = 128;

        std::string_view name_;
        std::string digest_;
    };

    static Key keyOf(std::string_view name) { return Key{name}; }

    typename Entries::iterator insert(std::string key) {
        const auto position = order_.insert(order_.end(), entries_.end());
        try {
            const auto place = entries_.try_emplace(std::move(key)).first;
            place->second.position = position;
            *position = place;
            return place;
        } catch (...) {
            order_.erase(position);
            throw;
        }
    }

    // Two a call keep pace with one new entry a call, and no call pays for a crowd.
    void dropExpired(base::BootMs now) {
        for (int i = 0; i < 2 && !order_.empty() && order_.front()->second.expires <= now; ++i)
            dropOldest();
    }

    void dropOldest() {
        entries_.erase(order_.front());
        order_.pop_front();
    }

    const std::size_t entries_max_;
    Entries entries_;
    Order order_;
};

} // namespace hookgate::coordination::memory
