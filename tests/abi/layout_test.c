/* The ABI as a C11 compiler lays it out. Built with -Wpadded: no byte of it is left to chance. */
#include "tests/abi/layout_table.h"

#include <hookgate/provider_abi.h>

#define HG_LAYOUT(type, field, offset) \
    _Static_assert(offsetof(type, field) == (offset), #type "." #field " has moved");
#define HG_SIZE(type, size) _Static_assert(sizeof(type) == (size), #type " has another size");
#include "tests/abi/layout.h"

const size_t hg_layout_in_c[] = {
#define HG_LAYOUT(type, field, offset) offsetof(type, field),
#define HG_SIZE(type, size) sizeof(type),
#include "tests/abi/layout.h"
};

const size_t hg_layout_in_c_count = sizeof(hg_layout_in_c) / sizeof(hg_layout_in_c[0]);
