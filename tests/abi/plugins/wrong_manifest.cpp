// Its manifest announces ABI 9.1; its constructor must never run.
#include "tests/abi/plugins/simple.hpp"

#include <cstdlib>

namespace {

const struct Bomb {
    Bomb() { std::abort(); }
} kBomb;

__attribute__((section(".hg_manifest"), used, retain)) constexpr char kManifest[] =
    "manifest=1\0abi=9.1\0version=1.0.0\0provider=simple";

} // namespace

extern "C" const hg_plugin hg_plugin_v1{
    sizeof(hg_plugin), 9, 1, {"1.0.0", 5}, 1, 0, hookgate::detail::kProviders<Simple>.data()};
