/* Offsets and sizes in the order of layout.h, as the C compiler sees them. */
#ifndef HG_TESTS_LAYOUT_TABLE_H
#define HG_TESTS_LAYOUT_TABLE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

extern const size_t hg_layout_in_c[];
extern const size_t hg_layout_in_c_count;

#ifdef __cplusplus
}
#endif

#endif
