// What a plugin can do to its process, by accident or not.
#pragma once

#include <hookgate/provider_abi.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace worst {

using Call = const hg_call*;
using Request = const hg_request*;

[[maybe_unused]] hg_status segfault(Call, Request, hg_verdict*) {
    // No null pointer: a sanitizer would end the process before the signal does.
    volatile std::uintptr_t nowhere = 4096;
    *reinterpret_cast<volatile int*>(nowhere) = 1;
    return HG_OK;
}

[[maybe_unused]] hg_status aborts(Call, Request, hg_verdict*) {
    std::abort();
}

[[maybe_unused]] hg_status exits(Call, Request, hg_verdict*) {
    std::exit(0);
}

[[maybe_unused]] hg_status endless_loop(Call, Request, hg_verdict*) {
    volatile bool ever = true;
    while (ever) {}
    return HG_OK;
}

// Touches what it gets, and goes on asking when there is no more.
[[maybe_unused]] hg_status memory_hog(Call, Request, hg_verdict*) {
    constexpr std::size_t kPiece = std::size_t{16} << 20;
    while (true)
        if (void* const piece = std::malloc(kPiece)) std::memset(piece, 1, kPiece);
}

// Fails once no descriptor is left to take.
[[maybe_unused]] hg_status descriptor_leak(Call, Request, hg_verdict*) {
    while (::open("/dev/null", O_RDONLY) >= 0) {}
    return HG_INTERNAL;
}

// Fails when it cannot have threads that go on after the call.
[[maybe_unused]] hg_status starts_threads(Call, Request, hg_verdict*) {
    try {
        for (int i = 0; i < 64; ++i)
            std::thread{[] {
                for (;;)
                    ::sleep(1);
            }}.detach();
    } catch (...) {
        return HG_INTERNAL;
    }
    return HG_OK;
}

[[maybe_unused]] hg_status throws(Call, Request, hg_verdict*) {
    throw std::string{"across the boundary"};
}

[[maybe_unused]] hg_status lies_about_sizes(Call, Request request, hg_verdict* verdict) {
    verdict->decision = HG_ACCEPT;
    verdict->key_id = {request->body.data, ~std::uint64_t{0} / 2};
    return HG_OK;
}

[[maybe_unused]] hg_status null_with_size(Call, Request, hg_verdict* verdict) {
    verdict->decision = HG_RESPOND;
    verdict->response_status = 200;
    verdict->response_body = {nullptr, 1000};
    return HG_OK;
}

// Uses the memory of one call in the next.
[[maybe_unused]] hg_status keeps_pointers(Call call, Request request, hg_verdict* verdict) {
    static hg_str kept{};
    static const hg_call* kept_call = nullptr;
    verdict->decision = HG_ACCEPT;
    verdict->key_id = kept.size == 0 ? hg_str{nullptr, 1} : kept;
    if (kept_call != nullptr && kept_call != call) static_cast<void>(kept_call->alloc);
    kept = {static_cast<const char*>(call->alloc(call, 4096)), 4096};
    kept_call = call;
    kept.data += request->body.size; // where another call's memory may be
    kept.size = std::uint64_t{1} << 20;
    return HG_OK;
}

// Crashes where nobody would see it.
[[maybe_unused]] hg_status changes_signal_handlers(Call call, Request request,
                                                   hg_verdict* verdict) {
    for (const int number : {SIGSEGV, SIGABRT, SIGTERM, SIGPIPE})
        static_cast<void>(std::signal(number, SIG_IGN));
    return segfault(call, request, verdict);
}

} // namespace worst
