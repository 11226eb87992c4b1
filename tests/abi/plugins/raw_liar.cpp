// Written against the C ABI alone: throws across the boundary and lies about sizes.
#include <hookgate/provider_abi.h>

#include <string>
#include <string_view>

namespace {

int instance_of_all = 0;

std::string_view bodyOf(const hg_request* request) {
    return {request->body.data, request->body.size};
}

hg_status create(const hg_host*, const hg_call*, const hg_settings* settings, void** instance) {
    const std::string_view json{settings->json.data, settings->json.size};
    if (json.find("throw") != std::string_view::npos) throw std::string{"across the boundary"};
    if (json.find("null") == std::string_view::npos) *instance = &instance_of_all;
    return HG_OK;
}

void destroy(void*) {
    throw 1;
}

hg_status verify(void*, const hg_call*, const hg_request* request, hg_verdict* verdict) {
    const auto wish = bodyOf(request);
    static const std::string kHeap(100, 'h');
    if (wish == "throw") throw 1;
    verdict->decision = HG_ACCEPT;
    if (wish == "decision") verdict->decision = 77;
    if (wish == "status") return 4711;
    if (wish == "null with size") verdict->key_id = {nullptr, 5};
    if (wish == "huge") verdict->key_id = {request->body.data, ~std::uint64_t{0}};
    if (wish == "past the input") verdict->key_id = {request->body.data, request->body.size + 1};
    if (wish == "heap") verdict->key_id = {kHeap.data(), kHeap.size()};
    if (wish == "input") verdict->key_id = request->body;
    if (wish == "static") verdict->key_id = {"static", 6};
    return HG_OK;
}

hg_status normalize(void*, const hg_call* call, const hg_request* request, hg_events* events) {
    const auto wish = bodyOf(request);
    auto* event = static_cast<hg_event*>(call->alloc(call, sizeof(hg_event)));
    *event = {.struct_size = sizeof(hg_event),
              .flags = 0,
              .external_id = {},
              .type = {"t", 1},
              .subject = {},
              .ordering_key = {},
              .payload = {"{}", 2},
              .occurred_unix_ms = 0,
              .reason = HG_REASON_UNSPECIFIED,
              .reserved = 0};
    events->first = event;
    events->count = 1;
    events->stride = sizeof(hg_event);
    if (wish == "count") events->count = 900;
    if (wish == "stride") events->stride = 8;
    if (wish == "wrapping stride") events->stride = ~std::uint64_t{0} / 2;
    if (wish == "null") events->first = nullptr;
    if (wish == "short event") event->struct_size = 8;
    if (wish == "status") return HG_NOT_FOUND;
    return HG_OK;
}

constexpr hg_provider kProvider{.struct_size = sizeof(hg_provider),
                                .traits = 0,
                                .name = {"raw_liar", 8},
                                .title = {"Raw liar", 8},
                                .settings_schema = {"{}", 2},
                                .secret_headers = nullptr,
                                .methods = nullptr,
                                .secret_header_count = 0,
                                .method_count = 0,
                                .create = &create,
                                .destroy = &destroy,
                                .verify = &verify,
                                .normalize = &normalize,
                                .format = nullptr,
                                .extension = nullptr,
                                .content_types = nullptr,
                                .answers = nullptr,
                                .retries_on = nullptr,
                                .content_type_count = 0,
                                .answer_count = 0,
                                .retries_on_count = 0,
                                .deadline_ms = 0,
                                .tolerance_ms = 0,
                                .reserved = 0,
                                .body_bytes_max = 0,
                                .sign = nullptr};
constexpr const hg_provider* kProviders[] = {&kProvider};

} // namespace

extern "C" const hg_plugin hg_plugin_v1{
    sizeof(hg_plugin), HG_ABI_MAJOR, HG_ABI_MINOR, {"1.0.0", 5}, 1, 0, kProviders};
