#pragma once

#include <cstdio>
#include <cstdlib>

// What must hold whatever the input is; the fuzzer reports the abort with the input that led to it.
#define HG_REQUIRE(condition)                                                    \
    do {                                                                         \
        if (!(condition)) {                                                      \
            std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            std::abort();                                                        \
        }                                                                        \
    } while (false)
