#pragma once

#include <string>
#include <thread>
#include <utility>

#include <pthread.h>

namespace hookgate::base {

// Starts a thread whose name shows in ps, gdb and perf. At most 15 characters of it count.
template <class Body>
std::jthread startThread(std::string name, Body&& body) {
    return std::jthread{[name = std::move(name), body = std::forward<Body>(body)]() mutable {
        ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
        body();
    }};
}

} // namespace hookgate::base
