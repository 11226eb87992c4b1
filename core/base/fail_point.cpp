#include "core/base/fail_point.hpp"

#ifdef HOOKGATE_FAIL_POINTS

#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>

namespace hookgate::base {
namespace {

struct Plan {
    std::string point;
    int nth = 1;
    std::string action = "kill";
};

int number(std::string_view text, int fallback) noexcept {
    int value = fallback;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

Plan readPlan() {
    Plan plan;
    const char* text = std::getenv("HOOKGATE_FAIL");
    std::string_view rest = text == nullptr ? std::string_view{} : std::string_view{text};
    plan.point = rest.substr(0, rest.find(':'));
    while (rest.find(':') != std::string_view::npos) {
        rest.remove_prefix(rest.find(':') + 1);
        const auto item = rest.substr(0, rest.find(':'));
        if (!item.empty() && item.front() >= '0' && item.front() <= '9')
            plan.nth = number(item, 1);
        else
            plan.action = item;
    }
    return plan;
}

} // namespace

bool reachFailPoint(std::string_view point) noexcept {
    static const Plan kPlan = readPlan();
    static std::atomic<int> reached{0};
    if (kPlan.point.empty() || point != kPlan.point || ++reached != kPlan.nth) return false;
    constexpr std::string_view kSleep = "sleep=";
    if (kPlan.action == "error") return true;
    if (kPlan.action.starts_with(kSleep)) {
        std::this_thread::sleep_for(std::chrono::milliseconds{
            number(std::string_view{kPlan.action}.substr(kSleep.size()), 0)});
        return false;
    }
    static_cast<void>(::raise(SIGKILL));
    return false;
}

} // namespace hookgate::base

#endif
