// Speaks an ABI to come, and says so in its symbol only.
extern "C" __attribute__((visibility("default"))) const int hg_plugin_v2 = 2;
