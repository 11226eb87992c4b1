#include "core/pipeline/ingress.hpp"

#include "core/base/thread.hpp"

#include <exception>

namespace hookgate::pipeline {
namespace {

// Enough to share a wake-up, few enough that one worker does not hoard what others could do.
constexpr std::size_t kArrivalsPerTurn = 32;
constexpr int kOverloadRetryAfterS = 1;

} // namespace

Ingress::Ingress(Options options, Intake& intake, base::Log& log)
    : intake_{intake},
      log_{log},
      queue_{options.queue_capacity} {
    for (int i = 0; i < options.workers; ++i)
        workers_.push_back(base::startThread("ingress-" + std::to_string(i), [this] { work(); }));
}

Ingress::~Ingress() {
    stop();
}

void Ingress::handle(std::unique_ptr<http::Request> request, http::Completion completion) {
    const auto provider = intake_.providerOf(*request);
    Intake::Arrival arrival{std::move(request), std::move(completion)};
    if (queue_.push(provider, std::move(arrival))) return;
    // NOLINTNEXTLINE(bugprone-use-after-move): what is refused is left untouched
    arrival.completion.reply(http::errorReply(http::ErrorCode::DependencyUnavailable,
                                              "the gateway is busy; send it again",
                                              kOverloadRetryAfterS));
}

void Ingress::stop() noexcept {
    queue_.close();
    workers_.clear(); // joins
}

void Ingress::work() {
    ArrivalQueue::Turn turn;
    turn.arrivals.reserve(kArrivalsPerTurn);
    while (queue_.take(turn, kArrivalsPerTurn)) {
        try {
            intake_.accept(turn.arrivals);
        } catch (const std::exception& e) {
            // The completions answer 500 when they are dropped.
            log_.error("webhooks failed", {{"error", e.what()}});
        }
        turn.arrivals.clear();
    }
}

} // namespace hookgate::pipeline
