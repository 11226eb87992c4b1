#include "core/delivery/transfer.hpp"

#include "core/base/fail_point.hpp"
#include "core/base/text.hpp"
#include "core/delivery/retry_policy.hpp"

#include <algorithm>
#include <new>

#include <sys/socket.h>
#include <unistd.h>

namespace hookgate::delivery {
namespace {

constexpr std::size_t kHeaderBytesMax = std::size_t{64} * 1024;
constexpr long kReceiveBuffer = 8192;

} // namespace

Transfer::Transfer(const Settings& settings) : settings_{settings}, easy_{::curl_easy_init()} {
    if (easy_ == nullptr) throw std::bad_alloc{};
    configure();
}

Transfer::~Transfer() {
    ::curl_easy_cleanup(easy_);
}

void Transfer::configure() {
    ::curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
    ::curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(easy_, CURLOPT_PROXY, "");
    ::curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
    ::curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
    ::curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    ::curl_easy_setopt(easy_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    ::curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(settings_.timeout.count()));
    ::curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS,
                       static_cast<long>(settings_.timeout.count()));
    ::curl_easy_setopt(easy_, CURLOPT_BUFFERSIZE, kReceiveBuffer);
    ::curl_easy_setopt(easy_, CURLOPT_USERAGENT, "hookgate");
    ::curl_easy_setopt(easy_, CURLOPT_POST, 1L);
    ::curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &Transfer::onBody);
    ::curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
    ::curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &Transfer::onHeader);
    ::curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
    ::curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, &Transfer::onRequest);
    ::curl_easy_setopt(easy_, CURLOPT_PREREQDATA, this);
    ::curl_easy_setopt(easy_, CURLOPT_OPENSOCKETFUNCTION, &Transfer::onOpenSocket);
    ::curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, this);
    ::curl_easy_setopt(easy_, CURLOPT_CLOSESOCKETFUNCTION, &Transfer::onCloseSocket);
    ::curl_easy_setopt(easy_, CURLOPT_CLOSESOCKETDATA, &settings_.watch);
}

void Transfer::begin() {
    const auto& item = waiting.item;
    attempt_no = item.attempts + 1;
    started_at = settings_.clock.unixMs();
    started_boot = settings_.clock.bootMs();
    if (url_ != route->url.text) {
        url_ = route->url.text;
        ::curl_easy_setopt(easy_, CURLOPT_URL, url_.c_str());
    }
    // An entry stays in the multi handle's own cache, so it is handed in only when it has changed.
    if (pinned_ != route->pinned) {
        pinned_ = route->pinned;
        ::curl_easy_setopt(easy_, CURLOPT_RESOLVE, pinned_ ? pinned_->entry() : nullptr);
    }
    const auto& body = formatted ? formatted->body : item.payload;
    ::curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, body.c_str());
    ::curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    ::curl_easy_setopt(easy_, CURLOPT_HTTPHEADER,
                       headers_.build({.provider = route->integration->record.provider,
                                       .event_id = item.ref.event_id,
                                       .correlation_id = item.correlation_id,
                                       .attempt_no = attempt_no,
                                       .sent_at = started_at,
                                       .test = item.test,
                                       .formatted = formatted ? &*formatted : nullptr}));
}

Answer Transfer::answer(CURLcode code) const {
    return {.status = status_,
            .code = code,
            .address_forbidden = address_forbidden_,
            .resend_prevented = resend_prevented_,
            .headers_too_large = headers_too_large_,
            .retry_after = retry_after_};
}

void Transfer::reset() noexcept {
    waiting = {};
    route.reset();
    formatted.reset();
    format_failure.reset();
    requests_begun_ = 0;
    status_ = 0;
    header_bytes_ = 0;
    body_ = {};
    retry_after_.reset();
    address_forbidden_ = resend_prevented_ = headers_too_large_ = false;
}

std::size_t Transfer::onBody(char* data, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    const auto bytes = size * count;
    const auto room = transfer.settings_.response_bytes_max - transfer.body_.size();
    try {
        transfer.body_.append(data, std::min(bytes, room));
    } catch (const std::bad_alloc&) {
        return 0;
    }
    // Taking less than was offered ends the transfer; the status has been read.
    return bytes <= room ? bytes : 0;
}

std::size_t Transfer::onHeader(char* data, std::size_t size, std::size_t count, void* self) {
    if (HG_FAIL_POINT("mid-delivery")) return 0;
    const auto bytes = size * count;
    return static_cast<Transfer*>(self)->acceptHeader({data, bytes}) ? bytes : 0;
}

bool Transfer::acceptHeader(std::string_view line) {
    constexpr std::string_view kRetryAfter = "retry-after:";
    header_bytes_ += line.size();
    headers_too_large_ = header_bytes_ > kHeaderBytesMax;
    if (headers_too_large_) return false;
    if (status_ != 0) return true; // trailers
    if (base::trim(line).empty()) {
        long status = 0;
        ::curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
        if (status >= 200)
            status_ = static_cast<int>(status);
        else
            retry_after_.reset(); // of a provisional answer
    } else if (line.size() > kRetryAfter.size() &&
               base::equalIgnoringCase(line.substr(0, kRetryAfter.size()), kRetryAfter)) {
        retry_after_ = parseRetryAfter(line.substr(kRetryAfter.size()), settings_.clock.unixMs());
    }
    return true;
}

// libcurl sends a POST again, silently, when a connection it reused closes without an answer. The
// callback may have acted on the first one, so that is allowed only if not one byte has left.
int Transfer::onRequest(void* self, char*, char*, int, int) {
    auto& transfer = *static_cast<Transfer*>(self);
    if (transfer.requests_begun_++ == 0) return CURL_PREREQFUNC_OK;
    long sent = 0;
    ::curl_easy_getinfo(transfer.easy_, CURLINFO_REQUEST_SIZE, &sent);
    if (sent == 0) return CURL_PREREQFUNC_OK;
    transfer.resend_prevented_ = true;
    return CURL_PREREQFUNC_ABORT;
}

curl_socket_t Transfer::onOpenSocket(void* self, curlsocktype, curl_sockaddr* address) {
    auto& transfer = *static_cast<Transfer*>(self);
    if (!transfer.settings_.policy.allows(address->addr)) {
        transfer.address_forbidden_ = true;
        return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int Transfer::onCloseSocket(void* watch, curl_socket_t socket) {
    static_cast<SocketWatch*>(watch)->forget(socket);
    return ::close(socket);
}

} // namespace hookgate::delivery
