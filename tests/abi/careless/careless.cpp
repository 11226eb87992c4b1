// A sound verifier that was built or written without care, in a way for each macro.
#include "tests/abi/broken/till.hpp"

#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include <dlfcn.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef HG_FORBIDDEN
// What a plugin has no use for: taking the addresses is enough for the file to name them.
extern "C" __attribute__((visibility("hidden"))) const void* const careless_uses[];
const void* const careless_uses[] = {
    reinterpret_cast<const void*>(&::socket),    reinterpret_cast<const void*>(&::connect),
    reinterpret_cast<const void*>(&::fork),      reinterpret_cast<const void*>(&::execve),
    reinterpret_cast<const void*>(&std::system), reinterpret_cast<const void*>(&::popen),
    reinterpret_cast<const void*>(&::dlopen),    reinterpret_cast<const void*>(&::sigaction),
    reinterpret_cast<const void*>(&::setenv),    reinterpret_cast<const void*>(&std::setlocale),
    reinterpret_cast<const void*>(&std::exit),   reinterpret_cast<const void*>(&std::abort),
    reinterpret_cast<const void*>(&std::fopen),  reinterpret_cast<const void*>(&std::getenv)};
#endif

#ifdef HG_COMPARISON
extern "C"
    __attribute__((visibility("hidden"))) int (*const careless_compares)(const char*, const char*);
int (*const careless_compares)(const char*, const char*) = &std::strcmp;
#endif

#ifdef HG_TEXT_RELOCATION
__asm__(".pushsection .text.careless,\"ax\",@progbits\n.quad malloc\n.popsection\n");
#endif

#if defined(HG_UNIQUE_DESCRIPTOR) && !defined(__clang__) // which changes no type
__asm__(".type hg_plugin_v1, @gnu_unique_object\n");
#endif

// With a name that other libraries could mean, too, what templates make of it is shared by all.
#ifndef HG_UNIQUE
namespace {
#endif

class Careless final : public Till {
public:
#ifdef HG_THREAD
    Careless(const hookgate::Settings& settings, const hookgate::Context& context)
        : Till{settings, context} {
        std::thread{[] {}}.join();
    }
#else
    using Till::Till;
#endif
};

#ifndef HG_UNIQUE
} // namespace
#endif

#ifdef HG_OTHER_MANIFEST
__attribute__((section(".hg_manifest"), used, retain)) static constexpr char kOtherManifest[] =
    "manifest=1\0abi=1.0\0version=0.9.0\0provider=cash";
extern "C" const hg_plugin hg_plugin_v1{sizeof(hg_plugin),
                                        HG_ABI_MAJOR,
                                        HG_ABI_MINOR,
                                        {"1.0.0", 5},
                                        1,
                                        0,
                                        hookgate::detail::kProviders<Careless>.data()};
#else
HG_EXPORT_PROVIDERS(Careless);
#endif
