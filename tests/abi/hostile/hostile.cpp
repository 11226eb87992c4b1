// A provider that does its worst when the body says "misbehave", and takes everything else. What
// its worst is, its build says: HG_WORST names a function of worst.hpp and the provider. Written
// against the C ABI alone, without the SDK's exception barrier.
#include "tests/abi/hostile/worst.hpp"

#include <hookgate/provider_abi.h>

#include <string_view>

#define HG_TEXT_OF(name) #name
#define HG_TEXT(name) HG_TEXT_OF(name)

namespace {

constexpr std::string_view kName = HG_TEXT(HG_WORST);
int instance_of_all = 0;

hg_status create(const hg_host*, const hg_call*, const hg_settings*, void** instance) {
    *instance = &instance_of_all;
    return HG_OK;
}

void destroy(void*) {}

hg_status verify(void*, const hg_call* call, const hg_request* request, hg_verdict* verdict) {
    const std::string_view body{request->body.data, request->body.size};
    if (body.find("misbehave") != std::string_view::npos)
        return worst::HG_WORST(call, request, verdict);
    verdict->decision = HG_ACCEPT;
    return HG_OK;
}

hg_status normalize(void*, const hg_call* call, const hg_request*, hg_events* events) {
    auto* event = static_cast<hg_event*>(call->alloc(call, sizeof(hg_event)));
    if (event == nullptr) return HG_LIMIT;
    event->struct_size = sizeof(hg_event);
    event->type = {"any", 3};
    event->payload = {"{}", 2};
    events->first = event;
    events->count = 1;
    events->stride = sizeof(hg_event);
    return HG_OK;
}

constexpr hg_provider kProvider{.struct_size = sizeof(hg_provider),
                                .traits = 0,
                                .name = {kName.data(), kName.size()},
                                .title = {"Hostile", 7},
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
