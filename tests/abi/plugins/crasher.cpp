// Dies on a payload it does not expect, or never comes back.
#include <hookgate/provider.hpp>

#include <csignal>

namespace {

class Crasher final : public hookgate::Provider {
public:
    static constexpr hookgate::Info kInfo{.name = "crasher",
                                          .title = "Crasher",
                                          .settings_schema = "{}",
                                          .traits = HG_TRAIT_BODY_UNSIGNED};

    Crasher(const hookgate::Settings& settings, const hookgate::Context&)
        : token_{settings.secrets.at(0).bytes},
          hangs_{settings.json.find("/hangs").has_value()} {}

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        while (hangs_ && context.nowUnixMs() != 0) {}
        return context.equal(token_, request.header("x-token"))
                   ? hookgate::Verdict::accept()
                   : hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISMATCH);
    }

    std::vector<hookgate::Event> normalize(const hookgate::Request& request,
                                           const hookgate::Context&) const override {
        if (!request.body().starts_with("{\"type\"")) static_cast<void>(std::raise(SIGKILL));
        return {{.type = "t", .payload = "{}"}};
    }

private:
    std::string token_;
    bool hangs_;
};

} // namespace

HG_EXPORT_PROVIDERS(Crasher);
