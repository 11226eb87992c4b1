// The scheme that the verifiers of this folder get wrong, each in its own way, and how it is done
// right: x-till-signature is "sha256=" and the base64 of the HMAC-SHA256 of "time.body", where
// x-till-time are Unix seconds.
#pragma once

#include <hookgate/proof.hpp>

class Till : public hookgate::Provider {
public:
    static constexpr hookgate::Info kInfo{.name = "till", .title = "Till", .tolerance_ms = 300'000};

    Till(const hookgate::Settings& settings, const hookgate::Context&)
        : secrets_{settings.secrets} {
        if (secrets_.empty()) throw hookgate::InvalidSettings{"till needs its signing secret"};
    }

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto time = request.header("x-till-time");
        const auto signed_ms = context.timeIf(time, HG_TIME_S);
        const auto code = hookgate::after("sha256=", request.header("x-till-signature"));
        if (!code || !signed_ms) return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISSING);
        for (const auto& secret : secrets_)
            if (context.matchesBase64(mac(context, secret.bytes, time, request.body()), *code))
                return hookgate::Verdict::accept(secret.key_id, *signed_ms);
        return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISMATCH);
    }

    std::vector<hookgate::Event> normalize(const hookgate::Request& request,
                                           const hookgate::Context& context) const override {
        const auto body = context.json(request.body());
        return {{.external_id = std::string{body.nonBlank("/id").text()},
                 .type = std::string{body.nonBlank("/type").text()},
                 .payload = std::string{request.body()}}};
    }

protected:
    // For verifiers that go without a secret.
    struct AnySecrets {};

    Till(const hookgate::Settings& settings, AnySecrets) : secrets_{settings.secrets} {}

    static hookgate::Digest mac(const hookgate::Context& context, std::string_view key,
                                std::string_view time, std::string_view body) {
        return context.hmac(HG_SHA256, key, {time, ".", body});
    }

    // What the newest secret makes of the request, in base64.
    std::string expected(const hookgate::Request& request, const hookgate::Context& context) const {
        const auto code =
            mac(context, secrets_.at(0).bytes, request.header("x-till-time"), request.body());
        return std::string{context.encoded(HG_BASE64, code.view())};
    }

    // Behind "sha256="; empty: there is none.
    static std::string_view given(const hookgate::Request& request) {
        return hookgate::after("sha256=", request.header("x-till-signature")).value_or("");
    }

    static hookgate::Verdict verdict(bool authentic, const hookgate::Request& request,
                                     const hookgate::Context& context) {
        const auto signed_ms = context.timeIf(request.header("x-till-time"), HG_TIME_S);
        return authentic && signed_ms ? hookgate::Verdict::accept({}, *signed_ms)
                                      : hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISMATCH);
    }

    std::vector<hookgate::Secret> secrets_;
};
