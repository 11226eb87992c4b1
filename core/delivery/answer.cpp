#include "core/delivery/answer.hpp"

namespace hookgate::delivery {

bool isSuccess(const Answer& answer) noexcept {
    return answer.status >= 200 && answer.status < 300;
}

std::string failureText(const Answer& answer) {
    if (answer.status >= 300 && answer.status < 400)
        return "callback answered " + std::to_string(answer.status) +
               "; redirects are not followed";
    if (answer.status != 0) return "callback answered " + std::to_string(answer.status);
    if (answer.address_forbidden) return "callback address is not allowed";
    if (answer.resend_prevented) return "callback closed a reused connection without an answer";
    if (answer.headers_too_large) return "callback's answer headers are too large";
    switch (answer.code) {
        case CURLE_OPERATION_TIMEDOUT:
            return "callback did not answer in time";
        case CURLE_COULDNT_RESOLVE_HOST:
            return "callback host name does not resolve";
        case CURLE_COULDNT_CONNECT:
            return "could not connect to the callback";
        case CURLE_GOT_NOTHING:
            return "callback closed the connection without an answer";
        case CURLE_SEND_ERROR:
        case CURLE_RECV_ERROR:
        case CURLE_PARTIAL_FILE:
        case CURLE_SEND_FAIL_REWIND:
            return "connection to the callback broke";
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_ISSUER_ERROR:
            return "callback's TLS certificate is not valid";
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_CIPHER:
            return "TLS handshake with the callback failed";
        case CURLE_OUT_OF_MEMORY:
        case CURLE_FAILED_INIT:
            return "gateway could not send";
        default:
            return "callback's answer is not valid HTTP";
    }
}

} // namespace hookgate::delivery
