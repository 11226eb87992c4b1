// A provider whose file exists in several versions, some with a fault: HG_FAULT chooses it.
#include <hookgate/provider.hpp>

#include <cstdlib>

namespace {

#if HG_FAULT == 2
// What a loader runs before anybody can look at the plugin.
[[gnu::constructor]] void crash() {
    std::abort();
}
#elif HG_FAULT == 3
[[gnu::constructor]] void hang() {
    for (volatile int spinning = 1; spinning != 0;) {}
}
#endif

// x-versioned-token carries the secret itself.
class Versioned final : public hookgate::Provider {
public:
    static constexpr hookgate::Info kInfo{.name = "versioned",
                                          .title = "Versioned",
                                          .settings_schema = "{}",
                                          .traits = HG_TRAIT_BODY_UNSIGNED};

    Versioned(const hookgate::Settings& settings, const hookgate::Context&)
        : secrets_{settings.secrets} {
#if HG_FAULT == 1
        throw hookgate::InvalidSettings{"this version wants what nobody has"};
#endif
    }

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        for (const auto& secret : secrets_)
            if (context.equal(secret.bytes, request.header("x-versioned-token")))
                return hookgate::Verdict::accept(secret.key_id);
        return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISMATCH);
    }

    // The type tells which version read the body.
    std::vector<hookgate::Event> normalize(const hookgate::Request& request,
                                           const hookgate::Context& context) const override {
        return {{.external_id = std::string{context.json(request.body()).nonBlank("/id").text()},
                 .type = "version." HG_PLUGIN_VERSION,
                 .payload = "{\"version\":\"" HG_PLUGIN_VERSION "\"}"}};
    }

private:
    std::vector<hookgate::Secret> secrets_;
};

} // namespace

HG_EXPORT_PROVIDERS(Versioned);
