#include <hookgate/provider_abi.h>

#include <stdlib.h>
#include <string.h>

#define TEXT(literal) \
    { literal, sizeof(literal) - 1 }

static const hg_str kSignature = TEXT("x-plain-signature");

enum { kHashBytes = 32 };

/* An integration: copies of its secrets, newest first, because settings end with the call. The
 * texts lie behind the list, in the same block. */
typedef struct instance {
    const hg_host* host;
    uint32_t secret_count;
    hg_secret secrets[];
} instance;

static hg_status fail(const hg_call* call, hg_status status, const char* why) {
    const hg_str text = {why, strlen(why)};
    call->explain(call, text);
    return status;
}

static hg_str copy(char** place, hg_str text) {
    const hg_str kept = {*place, text.size};
    if (text.size > 0) memcpy(*place, text.data, (size_t)text.size);
    *place += text.size;
    return kept;
}

static hg_status create(const hg_host* host, const hg_call* call, const hg_settings* settings,
                        void** out) {
    const uint32_t count = settings->secret_count;
    size_t bytes = sizeof(instance) + count * sizeof(hg_secret);
    instance* made;
    char* place;
    uint32_t i;
    if (count == 0) return fail(call, HG_INVALID_SETTINGS, "plain_c needs its signing secret");
    for (i = 0; i < count; ++i)
        bytes += (size_t)(settings->secrets[i].key_id.size + settings->secrets[i].bytes.size);
    made = malloc(bytes);
    if (made == NULL) return fail(call, HG_LIMIT, "out of memory");
    made->host = host;
    made->secret_count = count;
    place = (char*)(made->secrets + count);
    for (i = 0; i < count; ++i) {
        made->secrets[i].key_id = copy(&place, settings->secrets[i].key_id);
        made->secrets[i].bytes = copy(&place, settings->secrets[i].bytes);
    }
    *out = made;
    return HG_OK;
}

static void destroy(void* self) {
    free(self);
}

/* Whether the secret proves the signature. */
static hg_status proves(const hg_host* host, hg_str secret, hg_str body, hg_str signature,
                        uint32_t* proven) {
    uint8_t mac[kHashBytes];
    hg_str expected;
    const hg_status status =
        host->hmac(host, HG_SHA256, secret, &body, 1, mac, sizeof(mac), &expected.size);
    expected.data = (const char*)mac;
    *proven = status == HG_OK ? host->equal(host, expected, signature) : 0;
    return status;
}

/* An outcome must not point into the instance: the name of the secret goes into the call. */
static hg_status accept(const hg_call* call, hg_str key_id, hg_verdict* verdict) {
    char* place = call->alloc(call, key_id.size);
    if (place == NULL && key_id.size > 0) return HG_LIMIT;
    verdict->key_id = copy(&place, key_id);
    verdict->decision = HG_ACCEPT;
    return HG_OK;
}

static hg_status verify(void* self, const hg_call* call, const hg_request* request,
                        hg_verdict* verdict) {
    const instance* integration = self;
    hg_str sent;
    hg_str signature;
    uint32_t i;
    hg_status status = call->header(call, request, kSignature, &sent);
    if (status == HG_NOT_FOUND) { /* a zeroed verdict rejects; this says why */
        verdict->reason = HG_REASON_SIGNATURE_MISSING;
        return HG_OK;
    }
    if (status != HG_OK) return status; /* HG_AMBIGUOUS: the host rejects it */
    status = call->decode(call, HG_HEX, sent, &signature);
    if (status != HG_OK) return status; /* HG_MALFORMED: the host rejects it */
    for (i = 0; i < integration->secret_count; ++i) {
        const hg_secret* secret = &integration->secrets[i];
        uint32_t proven = 0;
        status = proves(integration->host, secret->bytes, request->body, signature, &proven);
        if (status != HG_OK) return fail(call, status, "no HMAC-SHA256");
        if (proven == 1) return accept(call, secret->key_id, verdict);
    }
    verdict->reason = HG_REASON_SIGNATURE_MISMATCH;
    return HG_OK;
}

/* A string of the body, or why it cannot be had. */
static hg_status member(const hg_call* call, const hg_json* json, const char* pointer,
                        hg_str* text) {
    const hg_str path = {pointer, strlen(pointer)};
    hg_json_value value;
    const hg_status status = call->json_find(call, json, 0, path, &value);
    if (status == HG_LIMIT) return fail(call, status, "too much text");
    if (status != HG_OK || value.kind != HG_JSON_STRING || value.text.size == 0)
        return fail(call, HG_MALFORMED, pointer);
    *text = value.text;
    return HG_OK;
}

static hg_status normalize(void* self, const hg_call* call, const hg_request* request,
                           hg_events* events) {
    const hg_json* json;
    hg_event* event = call->alloc(call, sizeof(hg_event)); /* zeroed */
    hg_status status;
    (void)self;
    if (event == NULL) return HG_LIMIT;
    status = call->json_open(call, request->body, &json);
    if (status != HG_OK) return fail(call, status, "not JSON");
    event->struct_size = sizeof(hg_event);
    status = member(call, json, "/id", &event->external_id);
    if (status == HG_OK) status = member(call, json, "/type", &event->type);
    if (status != HG_OK) return status;
    events->count = 1;
    events->first = event;
    events->stride = sizeof(hg_event);
    return HG_OK;
}

static const hg_provider kProvider = {
    .struct_size = sizeof(hg_provider),
    .name = TEXT("plain_c"),
    .title = TEXT("Plain C"),
    .settings_schema = TEXT("{\"type\":\"object\",\"additionalProperties\":false}"),
    .create = create,
    .destroy = destroy,
    .verify = verify,
    .normalize = normalize,
};

static const hg_provider* const kProviders[] = {&kProvider};

const hg_plugin hg_plugin_v1 = {
    .struct_size = sizeof(hg_plugin),
    .abi_major = HG_ABI_MAJOR,
    .abi_minor = HG_ABI_MINOR,
    .version = TEXT(HG_PLUGIN_VERSION),
    .provider_count = 1,
    .providers = kProviders,
};

/* What the file holds, for who must not run it yet. */
__attribute__((section(".hg_manifest"), used)) static const char kManifest[] =
    "manifest=1\0abi=1.0\0version=" HG_PLUGIN_VERSION "\0provider=plain_c";
