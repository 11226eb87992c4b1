#include "core/delivery/transfer_engine.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace hookgate::delivery {

using std::chrono::milliseconds;

TransferEngine::TransferEngine(std::size_t connections_max) : multi_{::curl_multi_init()} {
    if (multi_ == nullptr) throw std::bad_alloc{};
    ::curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &TransferEngine::onSocket);
    ::curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    ::curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &TransferEngine::onTimer);
    ::curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    ::curl_multi_setopt(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
    ::curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(connections_max));
}

TransferEngine::~TransferEngine() {
    cutOff();
    ::curl_multi_cleanup(multi_);
}

int TransferEngine::onSocket(CURL*, curl_socket_t socket, int what, void* self, void*) {
    static_cast<TransferEngine*>(self)->watch_.want(socket, what);
    return 0;
}

int TransferEngine::onTimer(CURLM*, long timeout_ms, void* self) {
    auto& timer = static_cast<TransferEngine*>(self)->timer_;
    if (timeout_ms < 0)
        timer.reset();
    else
        timer = Steady::now() + milliseconds{timeout_ms};
    return 0;
}

bool TransferEngine::add(std::unique_ptr<Transfer>& transfer) {
    flying_.reserve(flying_.size() + 1);
    if (::curl_multi_add_handle(multi_, transfer->handle()) != CURLM_OK) return false;
    transfer->slot = flying_.size();
    flying_.push_back(std::move(transfer));
    return true;
}

void TransferEngine::runTimer() {
    if (!timer_ || *timer_ > Steady::now()) return;
    timer_.reset();
    int running = 0;
    ::curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
}

void TransferEngine::run(milliseconds patience, std::vector<Ended>& ended) {
    runTimer(); // what was added leaves before anything is waited for
    collect(ended);
    if (!ended.empty()) patience = milliseconds{0};
    if (timer_)
        patience = std::clamp(std::chrono::ceil<milliseconds>(*timer_ - Steady::now()),
                              milliseconds{0}, patience);
    watch_.dispatch(patience, [this](curl_socket_t socket, int bits) {
        int running = 0;
        ::curl_multi_socket_action(multi_, socket, bits, &running);
    });
    runTimer();
    collect(ended);
}

void TransferEngine::collect(std::vector<Ended>& ended) {
    int left = 0;
    while (const auto* message = ::curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        const auto code = message->data.result; // the message goes with the handle
        Transfer* transfer = nullptr;
        ::curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        ended.push_back({land(*transfer), code});
    }
}

std::unique_ptr<Transfer> TransferEngine::land(Transfer& transfer) {
    ::curl_multi_remove_handle(multi_, transfer.handle());
    const auto slot = transfer.slot;
    std::swap(flying_[slot], flying_.back());
    flying_[slot]->slot = slot;
    auto landed = std::move(flying_.back());
    flying_.pop_back();
    return landed;
}

std::vector<std::unique_ptr<Transfer>> TransferEngine::cutOff() {
    std::vector<std::unique_ptr<Transfer>> cut;
    while (!flying_.empty())
        cut.push_back(land(*flying_.back()));
    return cut;
}

} // namespace hookgate::delivery
