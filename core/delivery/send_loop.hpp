#pragma once

#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/delivery/delivery.hpp"
#include "core/delivery/destination_policy.hpp"
#include "core/delivery/formatter.hpp"
#include "core/delivery/host_cache.hpp"
#include "core/delivery/host_resolver.hpp"
#include "core/delivery/lease_keeper.hpp"
#include "core/delivery/result_recorder.hpp"
#include "core/delivery/routes.hpp"
#include "core/delivery/transfer.hpp"
#include "core/delivery/transfer_engine.hpp"
#include "core/delivery/waiting_room.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace hookgate::delivery {

// The thread that sends: takes what waits, has it formatted and its host resolved elsewhere, moves
// the bytes, and hands each result to the store. It never blocks on anything but epoll. Public
// functions are safe to call from any thread.
class SendLoop {
public:
    struct Collaborators {
        WaitingRoom& room;
        LeaseKeeper& keeper;
        store::EventStore& store;
        const plugin::Directory& directory;
        observability::Metrics& metrics;
        base::Log& log;
        const base::Clock& clock;
    };

    SendLoop(const DeliveryOptions& options, Collaborators collaborators);
    ~SendLoop();
    SendLoop(const SendLoop&) = delete;
    SendLoop& operator=(const SendLoop&) = delete;

    void start();

    // Something waits in the room.
    void wake() noexcept;

    // Starts no further send; what is being formatted or resolved goes back to the store.
    void stopStarting() noexcept;
    // True: nothing is in hand any more.
    bool waitUntilIdle(std::chrono::milliseconds patience);
    // Ends the thread and cuts off what is still in flight; returns how many sends that were whose
    // request may have left. Others are given back. Idempotent.
    std::size_t stop() noexcept;

private:
    struct ResolvedHost {
        std::string host;
        std::vector<base::IpAddress> addresses;
    };

    using TransferPtr = std::unique_ptr<Transfer>;

    void run();
    void turn();
    void takeInbox();
    void takeWaiting();
    std::chrono::milliseconds patience() const;
    void noteWhetherIdle();

    // The way of one send. Each step passes the transfer on or ends it.
    void accept(Waiting waiting);
    void format(TransferPtr transfer);
    void formatted(TransferPtr transfer);
    void resolve(TransferPtr transfer);
    bool pinHost(Transfer& transfer, const HostCache::Entry& entry);
    void begin(TransferPtr transfer);
    void failUnsent(TransferPtr transfer, std::string error);
    void giveBack(TransferPtr transfer);
    void leave(TransferPtr transfer);
    void recycle(TransferPtr transfer);
    void resolveAll(std::vector<TransferPtr> transfers);

    bool leaseSuffices(const domain::WorkItem& item) const noexcept;
    TransferPtr freshTransfer();

    const std::chrono::milliseconds delivery_timeout_;
    const DestinationPolicy policy_;
    const std::size_t sends_max_; // of all integrations together, so that descriptors suffice
    Collaborators with_;

    std::mutex inbox_mutex_;
    std::vector<TransferPtr> formatted_inbox_;
    std::vector<ResolvedHost> resolved_inbox_;
    std::atomic<bool> news_{false};
    std::atomic<bool> sleeping_{false};
    std::atomic<bool> starting_{true};
    std::atomic<bool> stopped_{false};
    std::mutex idle_mutex_;
    std::condition_variable became_idle_;
    bool idle_ = true;

    // Of the loop's thread alone from here on.
    TransferEngine engine_;
    const Transfer::Settings transfer_settings_;
    ResultRecorder recorder_;
    Routes routes_;
    std::vector<TransferPtr> spare_;
    std::vector<TransferEngine::Ended> ended_;
    std::vector<Waiting> taken_;
    std::size_t in_hand_ = 0; // being formatted, resolved or sent

    HostCache hosts_;
    Formatter formatter_;
    HostResolver resolver_;
    std::jthread thread_;
};

} // namespace hookgate::delivery
