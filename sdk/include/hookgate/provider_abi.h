/* hookgate/provider_abi.h - the contract between the gateway and a provider plugin.
 *
 * Plain C11, no dependency but <stddef.h> and <stdint.h>. A plugin is a shared object that exports
 * exactly one symbol, `hg_plugin_v1` (the digit is HG_ABI_MAJOR). An `.hg_manifest` section, which
 * the C++ SDK writes by itself, lets the gateway tell what a file holds before it runs its code.
 *
 * RULES
 *   Growth      Every struct that may grow starts with struct_size, set by whoever fills it in.
 *               Fields are only ever appended. Read a field only after HG_HAS says it is there.
 *               hg_str, hg_header, hg_secret, hg_json_value, hg_field, hg_part and hg_answer are
 *               frozen and never grow.
 *   Ownership   No memory changes hands. Inputs are owned by the host and end with the call.
 *               Whatever an outcome points to must be (a) input of the same call, (b) static data
 *               of the plugin, or (c) memory from hg_call.alloc, which the host frees. The host
 *               checks that, and treats anything else as a broken plugin.
 *   Text        hg_str is bytes plus a length, never NUL-terminated; text is UTF-8.
 *   Threads     [control]     one thread at a time per instance, never during a [concurrent] call.
 *               [concurrent]  any number of threads at once on one instance.
 *   Errors      Functions return hg_status. No exception, longjmp, exit or abort leaves a plugin.
 *   Purity      Same input, same outcome: no network, file, thread, signal, locale or environment.
 *   Fail closed A zeroed outcome means "rejected" (verdict) or "nothing" (events).
 */
#ifndef HG_PROVIDER_ABI_H
#define HG_PROVIDER_ABI_H

#include <stddef.h>
#include <stdint.h>

#define HG_ABI_MAJOR 1
#define HG_ABI_MINOR 0

#ifdef __cplusplus
extern "C" {
#endif

#define HG_EXPORT __attribute__((visibility("default")))

/* True when *ptr is long enough to hold `field` (the other side knows it). */
#define HG_HAS(ptr, type, field) \
    ((ptr)->struct_size >= offsetof(type, field) + sizeof((ptr)->field))

/* ---------------------------------------------------------------- values -- */

typedef int32_t hg_status;

enum {
    HG_OK = 0,
    HG_INVALID_SETTINGS = 1, /* create only: the operator must mend the integration's settings */
    HG_MALFORMED = 2,        /* normalize: authentic but unreadable, 400, nothing is stored;
                                verify: what should prove the request is no such thing, 401 */
    HG_IGNORED = 3,          /* normalize: authentic and of no interest, 2xx, nothing is stored */
    HG_LIMIT = 4,            /* arena or size limit reached: 413 */
    HG_UNSUPPORTED = 5,      /* the other side lacks this function, algorithm or extension */
    HG_NOT_FOUND = 6,        /* a look-up found nothing */
    HG_INTERNAL = 7,         /* a bug: 500, the sender will retry */
    HG_AMBIGUOUS = 8         /* a header that may appear once appears more often */
};

typedef int32_t hg_log_level;

enum { HG_LOG_DEBUG = 0, HG_LOG_INFO = 1, HG_LOG_WARNING = 2, HG_LOG_ERROR = 3 };

/* A host answers HG_UNSUPPORTED to an algorithm it lacks or does not allow. */
typedef int32_t hg_hash;

enum {
    HG_SHA256 = 1,
    HG_SHA1 = 2,
    HG_SHA512 = 3,
    HG_MD5 = 4,
    HG_SHA384 = 5,
    HG_CRC32 = 6 /* digest only: 4 bytes, big endian */
};

typedef int32_t hg_signature_scheme;

enum {
    HG_ED25519 = 1,
    HG_ECDSA_P256_SHA256 = 2, /* signature in DER */
    HG_RSA_PKCS1_SHA256 = 3,
    HG_RSA_PKCS1_SHA1 = 4,
    HG_RSA_PSS_SHA256 = 5,
    HG_ECDSA_P256_SHA256_RAW = 6 /* signature as r and s, 32 bytes each */
};

typedef int32_t hg_encoding;

enum {
    HG_HEX = 1,      /* read in either case, written in lower case */
    HG_BASE64 = 2,   /* RFC 4648 section 4: padded, no white space, unused bits zero */
    HG_BASE64URL = 3 /* RFC 4648 section 5: read with all of its padding or none, written without */
};

typedef int32_t hg_time_format;

enum {
    HG_TIME_ISO8601 = 1, /* a date and time with seconds and an offset, or a date */
    HG_TIME_S = 2,       /* Unix seconds: digits and nothing else, at most year 9999 */
    HG_TIME_MS = 3       /* the same in milliseconds */
};

typedef struct hg_str {
    const char* data; /* may be NULL only when size is 0 */
    uint64_t size;
} hg_str;

typedef struct hg_header {
    hg_str name; /* lower case */
    hg_str value;
} hg_header;

typedef struct hg_secret {
    hg_str key_id;
    hg_str bytes;
} hg_secret;

/* One field of a form or a query, decoded. */
typedef struct hg_field {
    hg_str name;
    hg_str value;
} hg_field;

/* One part of a multipart/form-data body. */
typedef struct hg_part {
    hg_str name;
    hg_str file_name;    /* empty: no file */
    hg_str content_type; /* as sent; may be empty */
    hg_str body;
} hg_part;

typedef int32_t hg_json_kind;

enum {
    HG_JSON_NULL = 0,
    HG_JSON_BOOL = 1,
    HG_JSON_NUMBER = 2,
    HG_JSON_STRING = 3,
    HG_JSON_ARRAY = 4,
    HG_JSON_OBJECT = 5
};

typedef struct hg_json hg_json; /* opaque, lives as long as the call */

typedef struct hg_json_value {
    hg_json_kind kind;
    uint32_t count; /* elements of an array or members of an object */
    hg_str text;    /* a string unescaped; anything else as raw */
    hg_str raw;     /* the exact bytes of the value in the document, a string with its quotes */
    uint64_t node;  /* names the value in json_find and json_child */
} hg_json_value;

/* ---------------------------------------------------------------- inputs -- */

typedef struct hg_settings {
    uint32_t struct_size;
    uint32_t secret_count;
    const hg_secret* secrets; /* newest first; more than one while a secret is being rotated */
    hg_str integration;       /* the integration's name, for messages */
    hg_str json;              /* the integration's settings, an object; never holds secrets */
    hg_str provider;          /* the word in the URL: the provider's name, or what an integration
                                 that uses it under another calls it */
} hg_settings;

typedef struct hg_request {
    uint32_t struct_size;
    uint32_t header_count;
    const hg_header* headers; /* wire order, duplicates kept; for one value use hg_call.header */
    hg_str method;
    hg_str url;       /* absolute, as configured at the provider: the integration's public URL and
                         the query as sent; without a public URL what the Host header says */
    hg_str path;      /* as sent to this gateway, undecoded */
    hg_str query;     /* undecoded, without '?' */
    hg_str body;      /* the exact bytes that were sent */
    hg_str client_ip; /* after trusted-proxy handling */
    int64_t received_unix_ms;
} hg_request;

typedef struct hg_delivery {
    uint32_t struct_size;
    uint32_t attempt; /* 1 on the first try */
    hg_str event_id;  /* the gateway's own id, stable across attempts */
    hg_str external_id;
    hg_str type;
    hg_str subject;
    hg_str payload; /* JSON, as normalize gave it */
    int64_t occurred_unix_ms;
    int64_t received_unix_ms;
} hg_delivery;

/* ------------------------------------------------------------------ host -- */

typedef struct hg_host hg_host;

struct hg_host {
    uint32_t struct_size;
    uint16_t abi_major;
    uint16_t abi_minor;
    hg_str product; /* "hookgate/0.1.0", for messages; never branch on it */

    /* All [concurrent]. Valid from create until destroy has returned. */

    /* For the operator. Lines beyond a few a second are dropped and counted. */
    void (*log)(const hg_host* host, hg_log_level level, hg_str message);
    int64_t (*now_unix_ms)(const hg_host* host);
    /* `parts` are hashed as if joined, so "timestamp.body" needs no copy of the body. */
    hg_status (*digest)(const hg_host* host, hg_hash hash, const hg_str* parts, uint64_t part_count,
                        uint8_t* out, uint64_t out_capacity, uint64_t* out_size);
    hg_status (*hmac)(const hg_host* host, hg_hash hash, hg_str key, const hg_str* parts,
                      uint64_t part_count, uint8_t* out, uint64_t out_capacity, uint64_t* out_size);
    /* 1 when equal. Time depends on the lengths only. */
    uint32_t (*equal)(const hg_host* host, hg_str a, hg_str b);
    /* Sets *valid to 1 or 0. The key is a public key in PEM or DER (SPKI), a certificate in PEM, or
     * for Ed25519 its 32 bytes. HG_MALFORMED: no such key, or one of another kind or too short. */
    hg_status (*verify_signature)(const hg_host* host, hg_signature_scheme scheme,
                                  hg_str public_key, hg_str message, hg_str signature,
                                  uint32_t* valid);
    /* HG_MALFORMED when the text is anything else. */
    hg_status (*parse_time)(const hg_host* host, hg_time_format format, hg_str text,
                            int64_t* unix_ms);
    /* "vendor.name/revision", NULL when the host does not have it. */
    const void* (*extension)(const hg_host* host, const char* id);
    /* The other side of verify_signature, for hg_provider.sign: the key is private, in PEM or DER
     * (PKCS #8), Ed25519 also as its 32 bytes. NULL in a gateway that serves: it signs nothing. */
    hg_status (*make_signature)(const hg_host* host, hg_signature_scheme scheme, hg_str private_key,
                                hg_str message, uint8_t* out, uint64_t out_capacity,
                                uint64_t* out_size);
};

/* One call of one pipeline step. Valid until the plugin function returns, on its thread only. */
typedef struct hg_call hg_call;

struct hg_call {
    uint32_t struct_size;
    uint32_t budget_ms; /* what the step should take at most; 0: no budget */
    hg_str correlation_id;
    /* 16-byte aligned, zeroed, freed by the host. NULL: return HG_LIMIT. */
    void* (*alloc)(const hg_call* call, uint64_t size);
    /* Why the status is not HG_OK, in a sentence without secrets. The operator reads it; with
     * HG_MALFORMED from normalize the (authentic) sender too. */
    void (*explain)(const hg_call* call, hg_str message);
    /* The only value of a header, `name` in lower case. HG_NOT_FOUND; HG_AMBIGUOUS when it appears
     * more than once: the host then rejects the request whatever verify says. */
    hg_status (*header)(const hg_call* call, const hg_request* request, hg_str name, hg_str* value);
    /* Strict RFC 8259 in UTF-8, at most 128 levels deep. `text` must outlive the document. */
    hg_status (*json_open)(const hg_call* call, hg_str text, const hg_json** json);
    /* RFC 6901 pointer from `node` (0: the whole document), "" for the node itself. HG_NOT_FOUND;
     * HG_MALFORMED when an object on the way names the member twice, or the string that is found
     * escapes half a surrogate pair. */
    hg_status (*json_find)(const hg_call* call, const hg_json* json, uint64_t node, hg_str pointer,
                           hg_json_value* value);
    /* The child of `parent` after `previous` (0: the first one) and, in an object, its name
     * (`name` may be NULL). HG_NOT_FOUND after the last. */
    hg_status (*json_child)(const hg_call* call, const hg_json* json, uint64_t parent,
                            uint64_t previous, hg_str* name, hg_json_value* value);
    /* Strict: HG_MALFORMED for anything that encode would not write, but for the case of hex. */
    hg_status (*decode)(const hg_call* call, hg_encoding encoding, hg_str text, hg_str* bytes);
    hg_status (*encode)(const hg_call* call, hg_encoding encoding, hg_str bytes, hg_str* text);
    /* application/x-www-form-urlencoded, a body or a query: the fields in order, duplicates kept,
     * a plus as a space. HG_MALFORMED for a broken escape. */
    hg_status (*form)(const hg_call* call, hg_str text, const hg_field** fields, uint64_t* count);
    /* multipart/form-data: the parts in order. `content_type` is the header's value, for its
     * boundary. HG_MALFORMED for a body that is not closed or a part without a name. */
    hg_status (*multipart)(const hg_call* call, hg_str content_type, hg_str body,
                           const hg_part** parts, uint64_t* count);
};

/* -------------------------------------------------------------- outcomes -- */
/* The host zeroes an outcome and sets struct_size; a plugin fills in what fits. */

typedef int32_t hg_decision;

enum {
    HG_REJECT = 0,
    HG_ACCEPT = 1,
    HG_RESPOND = 2 /* a handshake: answer with the response below, store nothing */
};

typedef int32_t hg_reason;

enum {
    HG_REASON_UNSPECIFIED = 0,
    HG_REASON_SIGNATURE_MISSING = 1,
    HG_REASON_SIGNATURE_MALFORMED = 2,
    HG_REASON_SIGNATURE_MISMATCH = 3,
    HG_REASON_TIMESTAMP_OUT_OF_RANGE = 4,
    HG_REASON_NOT_CONFIGURED = 5,
    HG_REASON_DUPLICATE_HEADER = 6
};

typedef struct hg_verdict {
    uint32_t struct_size;
    hg_decision decision;
    hg_reason reason;
    uint32_t response_status;
    int64_t signed_unix_ms; /* 0 when the scheme has no timestamp; the host rejects what lies
                               further from the receipt than hg_provider.tolerance_ms allows */
    hg_str key_id;          /* which secret matched */
    hg_str response_content_type;
    hg_str response_body;
    const hg_header* response_headers;
    uint32_t response_header_count;
    uint32_t reserved; /* 0 */
} hg_verdict;

/* Bits of hg_event.flags. */
enum {
    HG_EVENT_TEST = 1,    /* made by somebody trying the connection, not by business */
    HG_EVENT_REJECTED = 2 /* this item is not authentic though the request is, or is malformed: not
                             stored, counted with `reason`; the others are stored */
};

typedef struct hg_event {
    uint32_t struct_size;
    uint32_t flags;
    hg_str external_id;       /* the provider's id; empty: the host derives one from the body */
    hg_str type;              /* "invoice.paid" */
    hg_str subject;           /* what it is about, may be empty */
    hg_str ordering_key;      /* recorded; may be empty */
    hg_str payload;           /* normalized JSON; empty: the body as received */
    int64_t occurred_unix_ms; /* 0: when it was received */
    hg_reason reason;         /* with HG_EVENT_REJECTED */
    uint32_t reserved;        /* 0 */
} hg_event;

/* No event at all means the same as HG_IGNORED. */
typedef struct hg_events {
    uint32_t struct_size;
    uint32_t count;
    const hg_event* first;
    uint64_t stride; /* sizeof(hg_event) where the plugin was compiled */
} hg_events;

typedef struct hg_outbound {
    uint32_t struct_size;
    uint32_t header_count;
    const hg_header* headers; /* the host drops those of the connection and its own */
    hg_str content_type;      /* empty: application/json */
    hg_str body;
} hg_outbound;

/* What sign() adds to a request. */
typedef struct hg_signed {
    uint32_t struct_size;
    uint32_t header_count;
    const hg_header* headers; /* each replaces all that have its name */
    hg_str url;               /* empty: as it was */
} hg_signed;

/* -------------------------------------------------------------- provider -- */

/* Bits of hg_provider.traits. */
enum {
    HG_TRAIT_BODY_UNSIGNED = 1, /* the proof is a bare token that does not cover the body */
    HG_TRAIT_SENDS_ONCE = 2     /* the provider never repeats a request that was not taken */
};

typedef int32_t hg_outcome;

enum {
    HG_OUTCOME_ACCEPTED = 1,
    HG_OUTCOME_DUPLICATE = 2,
    HG_OUTCOME_IGNORED = 3,
    HG_OUTCOME_REJECTED = 4, /* not authentic */
    HG_OUTCOME_MALFORMED = 5,
    HG_OUTCOME_UNAVAILABLE = 6 /* could not be stored now */
};

/* What an outcome is answered with, where the gateway's own answer would not do. */
typedef struct hg_answer {
    hg_outcome outcome;
    uint32_t status;     /* 2xx for the first three, 4xx or 5xx for the others */
    hg_str content_type; /* empty without a body */
    hg_str body;
} hg_answer;

typedef struct hg_provider {
    uint32_t struct_size;
    uint32_t traits;
    hg_str name;            /* [a-z0-9][a-z0-9_-]{0,62}: the word in the URL and in settings */
    hg_str title;           /* "Stripe" */
    hg_str settings_schema; /* JSON Schema of hg_settings.json */

    /* Headers whose values are secrets, in lower case: never stored; doubled: rejected. */
    const hg_str* secret_headers;
    /* Methods beside POST that are let through to verify for a handshake: "GET". */
    const hg_str* methods;
    uint32_t secret_header_count;
    uint32_t method_count;

    /* [control] */
    hg_status (*create)(const hg_host* host, const hg_call* call, const hg_settings* settings,
                        void** instance);
    void (*destroy)(void* instance);
    /* [concurrent] Is the request authentic? */
    hg_status (*verify)(void* instance, const hg_call* call, const hg_request* request,
                        hg_verdict* verdict);
    /* [concurrent] What does it say? Called only for a request that verify accepted. */
    hg_status (*normalize)(void* instance, const hg_call* call, const hg_request* request,
                           hg_events* events);
    /* [concurrent] The callback's body. NULL, or HG_UNSUPPORTED: the payload as it is. */
    hg_status (*format)(void* instance, const hg_call* call, const hg_delivery* delivery,
                        hg_outbound* outbound);
    /* [concurrent] NULL or NULL result: not supported. */
    const void* (*extension)(const char* id);

    /* Media types of requests with a body, in lower case without parameters; others are answered
     * 415. None: any. */
    const hg_str* content_types;
    const hg_answer* answers;
    /* Statuses after which the provider sends again. None: not known. */
    const uint32_t* retries_on;
    uint32_t content_type_count;
    uint32_t answer_count;
    uint32_t retries_on_count;
    /* How long the provider waits for an answer. 0: not known. */
    uint32_t deadline_ms;
    /* How far hg_verdict.signed_unix_ms may lie from the receipt, either way; an integration may
     * set another. 0: not checked. */
    uint32_t tolerance_ms;
    uint32_t reserved; /* 0 */
    /* Larger bodies are answered 413. 0: the gateway's own limit. */
    uint64_t body_bytes_max;
    /* [concurrent] For tests and the simulator: what makes `request` authentic at its
     * received_unix_ms. `private_key` may be empty: the newest secret. NULL: not supported. */
    hg_status (*sign)(void* instance, const hg_call* call, const hg_request* request,
                      hg_str private_key, hg_signed* result);
} hg_provider;

typedef struct hg_plugin {
    uint32_t struct_size;
    uint16_t abi_major;
    uint16_t abi_minor;
    hg_str version; /* of the plugin, semantic */
    uint32_t provider_count;
    uint32_t reserved; /* 0 */
    const hg_provider* const* providers;
} hg_plugin;

/* The one exported symbol. */
extern HG_EXPORT const hg_plugin hg_plugin_v1;

#ifdef __cplusplus
}
#endif

#endif
