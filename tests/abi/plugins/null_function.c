/* A provider in C that forgot one of the functions every provider needs. */
#include <hookgate/provider_abi.h>

static int the_instance;

static hg_status create(const hg_host* host, const hg_call* call, const hg_settings* settings,
                        void** instance) {
    (void)host;
    (void)call;
    (void)settings;
    *instance = &the_instance;
    return HG_OK;
}

static void destroy(void* instance) {
    (void)instance;
}

static hg_status verify(void* instance, const hg_call* call, const hg_request* request,
                        hg_verdict* verdict) {
    (void)instance;
    (void)call;
    (void)request;
    (void)verdict;
    return HG_OK;
}

static const hg_provider provider = {.struct_size = sizeof(hg_provider),
                                     .name = {"forgetful", 9},
                                     .title = {"Forgetful", 9},
                                     .settings_schema = {"{}", 2},
                                     .create = create,
                                     .destroy = destroy,
                                     .verify = verify};

static const hg_provider* const providers[] = {&provider};

const hg_plugin hg_plugin_v1 = {.struct_size = sizeof(hg_plugin),
                                .abi_major = HG_ABI_MAJOR,
                                .abi_minor = HG_ABI_MINOR,
                                .version = {"0.1.0", 5},
                                .provider_count = 1,
                                .providers = providers};
