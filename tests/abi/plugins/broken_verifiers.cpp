// Providers that verify wrongly, each in a way that has been seen in the wild; `plugins check` must
// catch them all. The scheme they miss is acme's: hex HMAC-SHA256 of the body.
#include <hookgate/provider.hpp>

#include <algorithm>

namespace {

class Broken : public hookgate::Provider {
public:
    Broken(const hookgate::Settings& settings, const hookgate::Context&)
        : secrets_{settings.secrets} {}

    std::vector<hookgate::Event> normalize(const hookgate::Request& request,
                                           const hookgate::Context& context) const override {
        const auto body = context.json(request.body());
        return {
            {.type = std::string{body.string("/type")}, .payload = std::string{request.body()}}};
    }

protected:
    std::string expected(const hookgate::Request& request, const hookgate::Context& context) const {
        if (secrets_.empty()) throw hookgate::Failure{HG_MALFORMED, "no secret"};
        return context.hmac(HG_SHA256, secrets_.front().bytes, {request.body()}).hex();
    }

    static hookgate::Verdict verdict(bool authentic) {
        return authentic ? hookgate::Verdict::accept()
                         : hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISMATCH);
    }

    std::vector<hookgate::Secret> secrets_;
};

class AlwaysTrue final : public Broken {
public:
    static constexpr hookgate::Info kInfo{"always_true", "Always true"};
    using Broken::Broken;

    hookgate::Verdict verify(const hookgate::Request&, const hookgate::Context&) const override {
        return verdict(true);
    }
};

// Compares only as many bytes as the sender gave.
class PrefixCompare final : public Broken {
public:
    static constexpr hookgate::Info kInfo{"prefix_compare", "Prefix compare"};
    using Broken::Broken;

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto signature = request.header("x-signature");
        return verdict(!signature.empty() && expected(request, context).starts_with(signature));
    }
};

// Takes a missing signature for an unsigned, and therefore fine, request.
class MissingIsFine final : public Broken {
public:
    static constexpr hookgate::Info kInfo{"missing_is_fine", "Missing is fine"};
    using Broken::Broken;

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto signature = request.header("x-signature");
        return verdict(signature.empty() || context.equal(expected(request, context), signature));
    }
};

// Signs only the beginning of the body.
class PartOfBody final : public Broken {
public:
    static constexpr hookgate::Info kInfo{"part_of_body", "Part of body"};
    using Broken::Broken;

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto part = request.body().substr(0, 8);
        const auto mac = context.hmac(HG_SHA256, secrets_.at(0).bytes, {part}).hex();
        return verdict(context.equal(mac, request.header("x-signature")));
    }
};

// Looks through the headers by itself and is content with any of them.
class AnyOfTwo final : public Broken {
public:
    static constexpr hookgate::Info kInfo{"any_of_two", "Any of two"};
    using Broken::Broken;

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto wanted = expected(request, context);
        const auto headers = request.headers();
        return verdict(std::any_of(headers.begin(), headers.end(), [&](const hg_header& header) {
            return hookgate::view(header.name) == "x-signature" &&
                   context.equal(wanted, hookgate::view(header.value));
        }));
    }
};

// Forgets which secret it was given.
class AnySecret final : public Broken {
public:
    static constexpr hookgate::Info kInfo{"any_secret", "Any secret"};
    using Broken::Broken;

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto mac = context.hmac(HG_SHA256, "built in", {request.body()}).hex();
        return verdict(context.equal(mac, request.header("x-signature")));
    }
};

} // namespace

HG_EXPORT_PROVIDERS(AlwaysTrue, PrefixCompare, MissingIsFine, PartOfBody, AnyOfTwo, AnySecret);
