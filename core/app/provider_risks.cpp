#include "core/app/provider_risks.hpp"

#include <algorithm>

namespace hookgate::app {
namespace {

constexpr int kUnavailable = 503; // what an outage and an overload are answered with

} // namespace

std::vector<std::string> risksOf(const plugin::Contract& contract,
                                 std::chrono::milliseconds ingest_timeout) {
    std::vector<std::string> risks;
    if (contract.deadline.count() > 0 && ingest_timeout >= contract.deadline) {
        const auto deadline = std::to_string(contract.deadline.count());
        risks.push_back("INGEST_TIMEOUT_MS is " + std::to_string(ingest_timeout.count()) +
                        ", and the provider waits for an answer for " + deadline +
                        " ms: it gives up before it is answered 503; set INGEST_TIMEOUT_MS below " +
                        deadline);
    }
    const auto& retries_on = contract.retries_on;
    const std::string lost =
        "what is answered 503 in an outage is lost, unless the provider is "
        "told to send it again";
    if (contract.sends_once) {
        risks.push_back("the provider sends every webhook once: " + lost);
    } else if (!retries_on.empty() &&
               std::find(retries_on.begin(), retries_on.end(), kUnavailable) == retries_on.end()) {
        std::string statuses;
        for (const auto status : retries_on)
            statuses += (statuses.empty() ? "" : ", ") + std::to_string(status);
        risks.push_back("the provider sends again after " + statuses + " alone: " + lost);
    }
    return risks;
}

} // namespace hookgate::app
