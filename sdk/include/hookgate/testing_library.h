/* hookgate/testing_library.h - a provider under test, called by the code that calls it in a
 * gateway.
 *
 * The C side of testing.hpp, in libhookgate_testing.so. Header and library belong together: this is
 * for tests, and no part of the plugin contract. Each function fills in an outcome, which is given
 * back with hgt_release. [concurrent] but for open and close.
 */
#ifndef HG_TESTING_LIBRARY_H
#define HG_TESTING_LIBRARY_H

#include "hookgate/provider_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hgt_provider hgt_provider;
typedef struct hgt_memory hgt_memory;

typedef struct hgt_setup {
    hg_str plugin_file;   /* the .so */
    hg_str provider;      /* may be empty when the plugin has only one */
    hg_str settings_json; /* empty: {} */
    const hg_secret* secrets;
    uint64_t secret_count;
    int64_t tolerance_ms; /* of signed times; negative: the provider's own */
} hgt_setup;

/* What a call ended with. Only the part of the call that was made is filled in. */
typedef struct hgt_outcome {
    hg_status status; /* HG_INTERNAL also for what the gateway takes for a broken plugin */
    uint32_t reserved;
    hg_str explanation; /* why it is not HG_OK */
    hg_verdict verdict; /* as the gateway takes it: doubled headers and stale times are rejected */
    hg_events events;
    hg_outbound outbound;
    hg_signed proof;
    hgt_memory* memory; /* what all of it points into */
} hgt_outcome;

/* NULL: the outcome says why. */
HG_EXPORT hgt_provider* hgt_open(const hgt_setup* setup, hgt_outcome* outcome);
HG_EXPORT void hgt_close(hgt_provider* provider);
HG_EXPORT hg_str hgt_name(const hgt_provider* provider);

/* The clock that the provider sees stands at the request's received_unix_ms. */
HG_EXPORT void hgt_verify(hgt_provider* provider, const hg_request* request, hgt_outcome* outcome);
HG_EXPORT void hgt_normalize(hgt_provider* provider, const hg_request* request,
                             hgt_outcome* outcome);
HG_EXPORT void hgt_format(hgt_provider* provider, const hg_delivery* delivery,
                          hgt_outcome* outcome);
HG_EXPORT void hgt_sign(hgt_provider* provider, const hg_request* request, hg_str private_key,
                        hgt_outcome* outcome);

HG_EXPORT void hgt_release(hgt_outcome* outcome);

#ifdef __cplusplus
}
#endif

#endif
