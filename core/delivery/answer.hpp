#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <curl/curl.h>

namespace hookgate::delivery {

// How one send ended, as far as the callback and the network say.
struct Answer {
    int status = 0; // of a complete final header; 0: there was none
    CURLcode code = CURLE_OK;
    bool address_forbidden = false; // the check at connect refused
    bool resend_prevented = false;  // a reused connection closed without an answer
    bool headers_too_large = false;
    std::optional<std::chrono::milliseconds> retry_after = {};
};

// 2xx. The status counts once its header is complete, whatever becomes of the body: the callback
// has decided, and sending again would only make a duplicate.
bool isSuccess(const Answer& answer) noexcept;

// Why it is no success: one of few fixed sentences that say what to look at, without addresses or
// anything the callback sent.
std::string failureText(const Answer& answer);

} // namespace hookgate::delivery
