#include <hookgate/proof.hpp>

namespace {

// Where a text is in a header: all of it, or the items of a list that begin with a prefix.
struct Place {
    std::string header;
    std::string prefix;
    char separator = 0; // 0: no list

    std::vector<std::string_view> in(const hookgate::Request& request) const {
        std::vector<std::string_view> found;
        const auto take = [&](std::string_view item) {
            if (const auto value = hookgate::after(prefix, item)) found.push_back(*value);
        };
        const auto value = request.header(header);
        if (value.empty()) return found;
        if (separator == 0)
            take(value);
        else
            hookgate::forEachItem(value, separator, take);
        return found;
    }
};

// HMAC schemes as integrations describe them: see README.md.
class GenericHmac final : public hookgate::Provider {
public:
    static constexpr hookgate::Info kInfo{.name = "generic_hmac",
                                          .title = "Any HMAC scheme, from settings",
                                          .settings_schema = R"({
        "type": "object", "additionalProperties": false, "required": ["signature", "signed"],
        "properties": {
            "signature": {"type": "object", "additionalProperties": false, "required": ["header"],
                "properties": {
                    "header": {"type": "string", "minLength": 1},
                    "prefix": {"type": "string"},
                    "separator": {"type": "string", "minLength": 1, "maxLength": 1},
                    "algorithm": {"type": "string", "enum": ["sha256", "sha1", "sha384", "sha512"]},
                    "encoding": {"type": "string", "enum": ["hex", "base64", "base64url"]}}},
            "signed": {"type": "string", "minLength": 1},
            "timestamp": {"type": "object", "additionalProperties": false, "required": ["header"],
                "properties": {
                    "header": {"type": "string", "minLength": 1},
                    "prefix": {"type": "string"},
                    "separator": {"type": "string", "minLength": 1, "maxLength": 1},
                    "format": {"type": "string", "enum": ["seconds", "milliseconds", "iso8601"]}}},
            "key": {"type": "string", "enum": ["text", "hex", "base64", "base64url"]},
            "event": {"type": "object", "additionalProperties": false, "properties": {
                "id": {"type": "string"}, "type": {"type": "string"},
                "subject": {"type": "string"}, "time": {"type": "string"},
                "timeFormat": {"type": "string",
                    "enum": ["seconds", "milliseconds", "iso8601"]}}}}})",
                                          .tolerance_ms = 300'000};

    GenericHmac(const hookgate::Settings& settings, const hookgate::Context& context)
        : name_{settings.provider},
          keys_{settings, "the secret that webhooks are signed with"} {
        const auto& json = settings.json;
        signature_ = placeOf(json, "/signature");
        timestamp_ = placeOf(json, "/timestamp");
        template_ = json.word("/signed");
        const auto algorithm = json.word("/signature/algorithm");
        hash_ = algorithm == "sha1"     ? HG_SHA1
                : algorithm == "sha384" ? HG_SHA384
                : algorithm == "sha512" ? HG_SHA512
                                        : HG_SHA256;
        encoding_ = encodingOf(json.word("/signature/encoding"));
        format_ = formatOf(json.word("/timestamp/format"));
        id_ = json.word("/event/id");
        type_ = json.word("/event/type");
        subject_ = json.word("/event/subject");
        time_ = json.word("/event/time");
        time_format_ = json.word("/event/timeFormat").empty()
                           ? HG_TIME_ISO8601
                           : formatOf(json.word("/event/timeFormat"));
        requireSound();
        const auto key = json.word("/key");
        if (key.empty() || key == "text") return;
        for (auto& secret : keys_.all()) {
            const auto bytes = context.decoded(encodingOf(key), secret.bytes);
            if (!bytes || bytes->empty())
                throw hookgate::InvalidSettings{"a secret is no " + std::string{key}};
            secret.bytes = *bytes;
        }
    }

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto signatures = signature_.in(request);
        if (signatures.empty()) return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISSING);
        std::string_view timestamp;
        std::int64_t signed_ms = 0;
        if (!timestamp_.header.empty()) {
            const auto found = timestamp_.in(request);
            const auto time =
                found.size() == 1 ? context.timeIf(found.front(), format_) : std::nullopt;
            if (!time) return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MALFORMED);
            timestamp = found.front();
            signed_ms = *time;
        }
        const auto content = filled(request, timestamp);
        return keys_.prove(
            [&](std::string_view key) {
                const auto mac = context.hmac(hash_, key, {content});
                bool proven = false;
                for (const auto signature : signatures) {
                    const auto bytes = context.decoded(encoding_, signature);
                    proven = (bytes && context.equal(mac.view(), *bytes)) || proven;
                }
                return proven;
            },
            signed_ms);
    }

    std::vector<hookgate::Event> normalize(const hookgate::Request& request,
                                           const hookgate::Context& context) const override {
        const auto body = context.json(request.body());
        const auto value = [&](const std::string& from) {
            if (const auto header = hookgate::after("header:", from))
                return request.header(*header);
            return from.empty() ? std::string_view{} : body.word(from);
        };
        const auto id = value(id_);
        auto type = value(type_);
        if (type.empty()) type = "webhook";
        const auto time = value(time_);
        return {{.external_id = std::string{id},
                 .type = std::string{type},
                 .subject = std::string{value(subject_)},
                 .payload = hookgate::envelope(name_, type, id, body.at("", HG_JSON_OBJECT).raw()),
                 .occurred_unix_ms = time.empty() ? 0 : context.time(time, time_format_)}};
    }

    hookgate::Signed sign(const hookgate::Request& request, std::string_view,
                          const hookgate::Context& context) const override {
        const auto time = timeText(request.receivedUnixMs(), format_);
        const auto mac = context.hmac(hash_, keys_.newest(), {filled(request, time)});
        const auto signature =
            signature_.prefix + std::string{context.encoded(encoding_, mac.view())};
        if (timestamp_.header.empty()) return {.headers = {{signature_.header, signature}}};
        const auto stamp = timestamp_.prefix + time;
        if (timestamp_.header == signature_.header)
            return {.headers = {{signature_.header, stamp + signature_.separator + signature}}};
        return {.headers = {{timestamp_.header, stamp}, {signature_.header, signature}}};
    }

private:
    static std::string timeText(std::int64_t unix_ms, hg_time_format format) {
        if (format == HG_TIME_MS) return std::to_string(unix_ms);
        if (format == HG_TIME_S) return std::to_string(unix_ms / 1000);
        return hookgate::iso8601(unix_ms);
    }

    static Place placeOf(const hookgate::Json& json, const std::string& at) {
        const auto separator = json.word(at + "/separator");
        return {std::string{json.word(at + "/header")}, std::string{json.word(at + "/prefix")},
                separator.empty() ? '\0' : separator.front()};
    }

    static hg_encoding encodingOf(std::string_view name) {
        return name == "base64" ? HG_BASE64 : name == "base64url" ? HG_BASE64URL : HG_HEX;
    }

    static hg_time_format formatOf(std::string_view name) {
        return name == "iso8601"        ? HG_TIME_ISO8601
               : name == "milliseconds" ? HG_TIME_MS
                                        : HG_TIME_S;
    }

    // What is not signed proves nothing.
    void requireSound() const {
        if (template_.find("{body}") == std::string::npos)
            throw hookgate::InvalidSettings{"signed has to hold {body}"};
        const bool has_time = template_.find("{timestamp}") != std::string::npos;
        if (has_time == timestamp_.header.empty())
            throw hookgate::InvalidSettings{"signed holds {timestamp} when timestamp is set"};
    }

    std::string filled(const hookgate::Request& request, std::string_view timestamp) const {
        const std::array<std::pair<std::string_view, std::string_view>, 4> values{
            {{"{body}", request.body()},
             {"{timestamp}", timestamp},
             {"{url}", request.url()},
             {"{method}", request.method()}}};
        std::string text;
        std::string_view rest{template_};
        while (!rest.empty()) {
            std::size_t used = 0;
            for (const auto& [name, value] : values) {
                if (!rest.starts_with(name)) continue;
                text += value;
                used = name.size();
            }
            if (used == 0) text += rest.front();
            rest.remove_prefix(used == 0 ? 1 : used);
        }
        return text;
    }

    const std::string name_;
    hookgate::Keys keys_;
    Place signature_;
    Place timestamp_;
    std::string template_;
    std::string id_, type_, subject_, time_; // JSON pointers, or "header:" and a name
    hg_hash hash_ = HG_SHA256;
    hg_encoding encoding_ = HG_HEX;
    hg_time_format format_ = HG_TIME_S;
    hg_time_format time_format_ = HG_TIME_ISO8601;
};

} // namespace

HG_EXPORT_PROVIDERS(GenericHmac);
