// Needs a host of a later minor version. Written by hand, without a manifest.
#include "tests/abi/plugins/simple.hpp"

extern "C" const hg_plugin hg_plugin_v1{sizeof(hg_plugin),
                                        HG_ABI_MAJOR,
                                        HG_ABI_MINOR + 1,
                                        {"1.0.0", 5},
                                        1,
                                        0,
                                        hookgate::detail::kProviders<Simple>.data()};
