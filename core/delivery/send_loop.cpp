#include "core/delivery/send_loop.hpp"

#include "core/base/thread.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
#include <utility>

#include <pthread.h>
#include <sys/resource.h>

namespace hookgate::delivery {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongestSleep{1000};
constexpr std::size_t kSpareMax = 256;
constexpr std::size_t kSendsMax = 4096;
constexpr std::size_t kSendsLeast = 64;

// A send takes a socket, and connections kept for reuse take as many again; half of the descriptors
// belong to the edge and the store.
std::size_t sendsFor(std::size_t descriptors) noexcept {
    return std::clamp(descriptors / 4, kSendsLeast, kSendsMax);
}

std::size_t descriptorLimit() noexcept {
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<std::size_t>(limit.rlim_cur)
                                                   : 1024;
}

// OpenSSL writes without MSG_NOSIGNAL.
void blockSigPipe() noexcept {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

} // namespace

SendLoop::SendLoop(const DeliveryOptions& options, Collaborators collaborators)
    : delivery_timeout_{options.delivery_timeout},
      policy_{options.allowed_networks},
      sends_max_{sendsFor(descriptorLimit())},
      with_{collaborators},
      engine_{sends_max_},
      transfer_settings_{.timeout = options.delivery_timeout,
                         .response_bytes_max = options.response_bytes_max,
                         .policy = policy_,
                         .clock = with_.clock,
                         .watch = engine_.watch()},
      recorder_{{.max_sends = options.max_sends,
                 .base_delay = options.retry_base_delay,
                 .max_delay = options.retry_max_delay},
                {with_.store, with_.metrics, with_.log, with_.clock}},
      routes_{with_.directory},
      hosts_{[this](const std::string& host) { return resolver_.start(host); }},
      formatter_{with_.metrics,
                 [this](TransferPtr transfer) {
                     {
                         const std::lock_guard lock{inbox_mutex_};
                         formatted_inbox_.push_back(std::move(transfer));
                     }
                     wake();
                 }},
      resolver_{options.lookup ? options.lookup : lookUpHost,
                [this](const std::string& host, std::vector<base::IpAddress> addresses) {
                    {
                        const std::lock_guard lock{inbox_mutex_};
                        resolved_inbox_.push_back({host, std::move(addresses)});
                    }
                    wake();
                }} {}

SendLoop::~SendLoop() {
    stop();
}

void SendLoop::start() {
    formatter_.start();
    thread_ = base::startThread("delivery-loop", [this] {
        blockSigPipe();
        run();
    });
}

void SendLoop::wake() noexcept {
    news_.store(true);
    if (sleeping_.exchange(false)) engine_.wake();
}

void SendLoop::stopStarting() noexcept {
    starting_.store(false);
    {
        // Nobody is idle who has not looked since.
        const std::lock_guard lock{idle_mutex_};
        idle_ = !thread_.joinable();
    }
    wake();
}

bool SendLoop::waitUntilIdle(milliseconds patience) {
    std::unique_lock lock{idle_mutex_};
    return became_idle_.wait_for(lock, patience, [this] { return idle_; });
}

void SendLoop::run() {
    while (!stopped_.load()) {
        try {
            turn();
        } catch (const std::exception& e) {
            with_.log.error("delivery loop failed, it goes on", {{"error", e.what()}});
        }
    }
}

void SendLoop::turn() {
    news_.store(false);
    takeInbox();
    takeWaiting();
    noteWhetherIdle();

    sleeping_.store(true);
    // wake() sets the news first: whoever came before `sleeping` was set is seen here.
    engine_.run(news_.load() ? milliseconds{0} : patience(), ended_);
    sleeping_.store(false);

    for (auto& [transfer, code] : ended_) {
        if (const auto again = recorder_.sent(*transfer, code)) with_.keeper.expectDue(*again);
        leave(std::move(transfer));
    }
    ended_.clear();
    resolveAll(hosts_.overdue(with_.clock.bootMs()));
}

milliseconds SendLoop::patience() const {
    const auto deadline = hosts_.nextDeadline();
    if (deadline == 0) return kLongestSleep;
    return std::clamp(milliseconds{deadline - with_.clock.bootMs()}, milliseconds{0},
                      kLongestSleep);
}

void SendLoop::takeInbox() {
    std::vector<TransferPtr> done;
    std::vector<ResolvedHost> resolved;
    {
        const std::lock_guard lock{inbox_mutex_};
        done.swap(formatted_inbox_);
        resolved.swap(resolved_inbox_);
    }
    for (auto& transfer : done)
        formatted(std::move(transfer));
    for (auto& [host, addresses] : resolved)
        resolveAll(hosts_.resolved(host, std::move(addresses), with_.clock.bootMs()));
}

void SendLoop::takeWaiting() {
    if (!starting_.load()) {
        for (auto& transfer : hosts_.parked())
            giveBack(std::move(transfer));
        return;
    }
    if (in_hand_ >= sends_max_) return;
    const auto needs = with_.room.take(taken_, sends_max_ - in_hand_,
                                       with_.clock.bootMs() + delivery_timeout_.count());
    with_.keeper.attend(needs);
    if (taken_.empty()) return;
    routes_.refresh();
    for (auto& waiting : taken_)
        accept(std::move(waiting));
    taken_.clear();
}

void SendLoop::noteWhetherIdle() {
    if (starting_.load()) return;
    const std::lock_guard lock{idle_mutex_};
    idle_ = in_hand_ == 0;
    if (idle_) became_idle_.notify_all();
}

bool SendLoop::leaseSuffices(const domain::WorkItem& item) const noexcept {
    return item.lease_expires - with_.clock.bootMs() > delivery_timeout_.count();
}

SendLoop::TransferPtr SendLoop::freshTransfer() {
    if (spare_.empty()) return std::make_unique<Transfer>(transfer_settings_);
    auto transfer = std::move(spare_.back());
    spare_.pop_back();
    return transfer;
}

void SendLoop::accept(Waiting waiting) {
    auto transfer = freshTransfer();
    ++in_hand_;
    transfer->waiting = std::move(waiting);
    transfer->route = routes_.find(transfer->waiting.item.integration_id);
    if (!transfer->route) {
        giveBack(std::move(transfer));
        return;
    }
    format(std::move(transfer));
}

void SendLoop::format(TransferPtr transfer) {
    if (!transfer->route->formats)
        resolve(std::move(transfer));
    else if (!formatter_.submit(transfer))
        giveBack(std::move(transfer));
}

void SendLoop::formatted(TransferPtr transfer) {
    if (!starting_.load()) {
        giveBack(std::move(transfer));
        return;
    }
    if (!transfer->format_failure) {
        resolve(std::move(transfer));
        return;
    }
    const auto& [failure, explanation] = *transfer->format_failure;
    if (failure == plugin::CallFailure::Unsupported) {
        transfer->route->formats = false;
        resolve(std::move(transfer));
    } else if (failure == plugin::CallFailure::NotAsked) {
        with_.keeper.holdBack(*transfer->route->integration);
        giveBack(std::move(transfer));
    } else {
        with_.log.warning("event not formatted",
                          {{"provider", transfer->route->integration->record.provider},
                           {"event_id", transfer->waiting.item.ref.event_id.text()},
                           {"explanation", explanation}});
        failUnsent(std::move(transfer), "plugin could not format the event");
    }
}

void SendLoop::resolve(TransferPtr transfer) {
    auto& route = *transfer->route;
    if (!route.url_error.empty()) {
        failUnsent(std::move(transfer), std::string{route.url_error});
        return;
    }
    if (route.url.literal) { // its address is checked at connect
        begin(std::move(transfer));
        return;
    }
    const auto* known = hosts_.find(route.url.host, with_.clock.bootMs());
    if (known == nullptr)
        hosts_.park(route.url.host, std::move(transfer));
    else if (known->addresses.empty())
        failUnsent(std::move(transfer), "callback host name does not resolve");
    else if (!pinHost(*transfer, *known))
        failUnsent(std::move(transfer), "callback address is not allowed");
    else
        begin(std::move(transfer));
}

void SendLoop::resolveAll(std::vector<TransferPtr> transfers) {
    for (auto& transfer : transfers) {
        if (starting_.load())
            resolve(std::move(transfer));
        else
            giveBack(std::move(transfer));
    }
}

bool SendLoop::pinHost(Transfer& transfer, const HostCache::Entry& entry) {
    auto& route = *transfer.route;
    if (route.pinned && route.pinned_version == entry.version) return true;
    std::vector<base::IpAddress> allowed;
    std::copy_if(entry.addresses.begin(), entry.addresses.end(), std::back_inserter(allowed),
                 [this](const base::IpAddress& address) { return policy_.allows(address); });
    if (allowed.empty()) return false;
    route.pinned = std::make_shared<PinnedHost>(route.url, allowed);
    route.pinned_version = entry.version;
    return true;
}

void SendLoop::begin(TransferPtr transfer) {
    // Formatting and resolving have taken their time.
    if (!leaseSuffices(transfer->waiting.item)) {
        with_.room.setAside(std::move(transfer->waiting));
        with_.keeper.attend({.renewal = true});
        recycle(std::move(transfer));
        return;
    }
    transfer->begin();
    if (!engine_.add(transfer)) failUnsent(std::move(transfer), "gateway could not send");
}

void SendLoop::failUnsent(TransferPtr transfer, std::string error) {
    if (const auto again = recorder_.unsent(*transfer, std::move(error)))
        with_.keeper.expectDue(*again);
    leave(std::move(transfer));
}

void SendLoop::giveBack(TransferPtr transfer) {
    with_.keeper.giveBack(transfer->waiting.item.ref);
    leave(std::move(transfer));
}

void SendLoop::leave(TransferPtr transfer) {
    const auto& item = transfer->waiting.item;
    with_.keeper.attend(with_.room.ended(item.integration_id, item.payload.size()));
    recycle(std::move(transfer));
}

void SendLoop::recycle(TransferPtr transfer) {
    --in_hand_;
    transfer->reset();
    if (spare_.size() < kSpareMax) spare_.push_back(std::move(transfer));
}

std::size_t SendLoop::stop() noexcept {
    starting_.store(false);
    stopped_.store(true);
    wake();
    if (thread_.joinable()) thread_.join();
    formatter_.stop();
    std::size_t cut_off = 0;
    try {
        takeInbox();
        for (auto& transfer : hosts_.parked())
            giveBack(std::move(transfer));
        for (auto& transfer : engine_.cutOff()) {
            if (!transfer->requestBegun()) {
                giveBack(std::move(transfer));
                continue;
            }
            ++cut_off;
            leave(std::move(transfer));
        }
    } catch (const std::exception& e) {
        with_.log.error("delivery loop did not end cleanly", {{"error", e.what()}});
    }
    return cut_off;
}

} // namespace hookgate::delivery
