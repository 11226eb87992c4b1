// hookgate/standard_webhooks.hpp - the scheme of https://www.standardwebhooks.com, which several
// providers share: three headers, `<prefix>-id`, `<prefix>-timestamp` and `<prefix>-signature`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hookgate/proof.hpp"

namespace hookgate {

// Keys: `whsec_` and base64 (or base64 alone) for v1, HMAC-SHA256; `whpk_` and the base64 of 32
// bytes for v1a, Ed25519. Signatures of other versions are ignored. Immutable.
class StandardWebhooks {
public:
    StandardWebhooks() = default;

    // Throws InvalidSettings for a secret that is no key.
    StandardWebhooks(const std::vector<Secret>& secrets, const Context& context) {
        for (const auto& secret : secrets)
            keys_.push_back(keyOf(secret, context));
    }

    bool empty() const noexcept { return keys_.empty(); }

    // Whether the request claims to be signed so, under this prefix ("webhook", "svix").
    static bool isPresent(const Request& request, std::string_view prefix) {
        return !request.header(std::string{prefix} + "-signature").empty();
    }

    Verdict verify(const Request& request, std::string_view prefix, const Context& context) const {
        const std::string name{prefix};
        const auto id = request.header(name + "-id");
        const auto timestamp = request.header(name + "-timestamp");
        const auto signatures = request.header(name + "-signature");
        if (signatures.empty()) return Verdict::reject(HG_REASON_SIGNATURE_MISSING);
        const auto signed_ms = context.timeIf(timestamp, HG_TIME_S);
        if (id.empty() || !signed_ms) return Verdict::reject(HG_REASON_SIGNATURE_MALFORMED);
        const auto content = contentOf(id, timestamp, request.body());
        for (const auto& key : keys_) {
            bool proven = false;
            forEachItem(signatures, ' ', [&](std::string_view signature) {
                proven = proven || proves(key, signature, content, context);
            });
            if (proven) return Verdict::accept(key.id, *signed_ms);
        }
        return Verdict::reject(HG_REASON_SIGNATURE_MISMATCH);
    }

    // `private_key`: `whsk_` and base64, or empty for the newest `whsec_` key.
    Signed sign(const Request& request, std::string_view prefix, std::string_view private_key,
                const Context& context) const {
        const std::string name{prefix};
        std::string id{request.header(name + "-id")};
        if (id.empty())
            id = "msg_" + context.digest(HG_SHA256, {request.body()}).hex().substr(0, 24);
        const auto timestamp = std::to_string(request.receivedUnixMs() / 1000);
        const auto content = contentOf(id, timestamp, request.body());
        std::string signature;
        if (const auto seed = after("whsk_", private_key)) {
            const auto bytes = context.decoded(HG_BASE64, *seed);
            if (!bytes) throw InvalidSettings{"what follows whsk_ is no base64"};
            const auto proof = context.signature(HG_ED25519, bytes->substr(0, kKeyBytes), content);
            signature = "v1a," + std::string{context.encoded(HG_BASE64, proof)};
        } else {
            if (keys_.empty() || keys_.front().is_public)
                throw InvalidSettings{
                    "signing takes a whsec_ secret, or for v1a a file with the private key: whsk_ "
                    "and the base64 of its 32 bytes"};
            const auto mac = context.hmac(HG_SHA256, keys_.front().bytes, {content});
            signature = "v1," + std::string{context.encoded(HG_BASE64, mac.view())};
        }
        return {.headers = {{name + "-id", id},
                            {name + "-timestamp", timestamp},
                            {name + "-signature", signature}}};
    }

private:
    static constexpr std::size_t kKeyBytes = 32;       // of Ed25519
    static constexpr std::size_t kSecretBytesMin = 16; // shorter ones are not secret

    struct Key {
        std::string id;
        std::string bytes;
        bool is_public = false;
    };

    static Key keyOf(const Secret& secret, const Context& context) {
        const auto refuse = [&](const std::string& why) {
            return InvalidSettings{"the secret '" + secret.key_id + "' " + why};
        };
        const auto public_key = after("whpk_", secret.bytes);
        if (secret.bytes.starts_with("whsk_"))
            throw refuse("is a private key; the provider shows the public one, whpk_...");
        const auto text =
            public_key ? *public_key
                       : after("whsec_", secret.bytes).value_or(std::string_view{secret.bytes});
        const auto bytes = context.decoded(HG_BASE64, text);
        if (!bytes) throw refuse("has to be whsec_ or whpk_ and base64");
        if (public_key ? bytes->size() != kKeyBytes : bytes->size() < kSecretBytesMin)
            throw refuse("is too short or too long for a key");
        return {secret.key_id, std::string{*bytes}, public_key.has_value()};
    }

    static std::string contentOf(std::string_view id, std::string_view timestamp,
                                 std::string_view body) {
        std::string content{id};
        content.append(".").append(timestamp).append(".").append(body);
        return content;
    }

    static bool proves(const Key& key, std::string_view signature, std::string_view content,
                       const Context& context) {
        const auto text = after(key.is_public ? "v1a," : "v1,", signature);
        if (!text) return false;
        if (!key.is_public)
            return context.matchesBase64(context.hmac(HG_SHA256, key.bytes, {content}), *text);
        const auto proof = context.decoded(HG_BASE64, *text);
        return proof && context.proves(HG_ED25519, key.bytes, content, *proof);
    }

    std::vector<Key> keys_; // newest first
};

} // namespace hookgate
