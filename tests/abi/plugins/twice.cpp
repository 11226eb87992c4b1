// Names one provider twice.
#include "tests/abi/plugins/simple.hpp"

HG_EXPORT_PROVIDERS(Simple, Simple);
