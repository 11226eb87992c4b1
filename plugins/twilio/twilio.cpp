#include <hookgate/batch.hpp>
#include <hookgate/proof.hpp>

#include <algorithm>

namespace {

// X-Twilio-Signature: base64 HMAC-SHA1 of the URL as configured at Twilio and, of a form, its
// fields sorted by name. Of any other body its SHA-256 is in the URL (bodySHA256).
class Twilio final : public hookgate::Provider {
public:
    static constexpr hookgate::Info kInfo{
        .name = "twilio", .title = "Twilio", .deadline_ms = 15'000};
    // An empty answer in Twilio's own language: nothing is said or sent.
    static constexpr std::string_view kNothing = "<Response/>";
    static constexpr std::array kAnswers{
        hookgate::answer(HG_OUTCOME_ACCEPTED, 200, "text/xml", kNothing),
        hookgate::answer(HG_OUTCOME_DUPLICATE, 200, "text/xml", kNothing),
        hookgate::answer(HG_OUTCOME_IGNORED, 200, "text/xml", kNothing)};

    Twilio(const hookgate::Settings& settings, const hookgate::Context&)
        : name_{settings.provider},
          keys_{settings, "the account's auth token"} {}

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto signature = request.header("x-twilio-signature");
        if (signature.empty()) return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISSING);
        std::string fields;
        if (isForm(request))
            fields = joined(context.form(request.body()));
        else if (!coversBody(request, context))
            return hookgate::Verdict::reject(HG_REASON_SIGNATURE_MISMATCH);
        const auto urls = spellings(request.url());
        return keys_.prove([&](std::string_view key) {
            return std::any_of(urls.begin(), urls.end(), [&](const std::string& url) {
                return context.matchesBase64(context.hmac(HG_SHA1, key, {url, fields}), signature);
            });
        });
    }

    std::vector<hookgate::Event> normalize(const hookgate::Request& request,
                                           const hookgate::Context& context) const override {
        if (isForm(request)) return {fromForm(context.form(request.body()))};
        // Event Streams: an array of CloudEvents, of which many have no time beside their data.
        return hookgate::eventsOfEach(
            context.json(request.body()), context, [&](const hookgate::Json& item) {
                const auto id = item.nonBlank("/id").text();
                const auto type = item.nonBlank("/type").text();
                auto time = item.word("/time");
                if (time.empty()) time = item.word("/data/timestamp");
                auto subject = item.word("/subject");
                if (subject.empty()) subject = item.word("/data/messageSid");
                return hookgate::Event{.external_id = std::string{id},
                                       .type = std::string{type},
                                       .subject = std::string{subject},
                                       .payload = hookgate::envelope(
                                           name_, type, id, item.at("", HG_JSON_OBJECT).raw()),
                                       .occurred_unix_ms = time.empty() ? 0 : context.time(time)};
            });
    }

    hookgate::Signed sign(const hookgate::Request& request, std::string_view,
                          const hookgate::Context& context) const override {
        std::string url{request.url()};
        std::string fields;
        if (isForm(request))
            fields = joined(context.form(request.body()));
        else if (!coversBody(request, context))
            url += (request.query().empty() ? "?bodySHA256=" : "&bodySHA256=") +
                   context.digest(HG_SHA256, {request.body()}).hex();
        const auto mac = context.hmac(HG_SHA1, keys_.newest(), {spellings(url).front(), fields});
        return {.headers = {{"x-twilio-signature",
                             std::string{context.encoded(HG_BASE64, mac.view())}}},
                .url = url};
    }

private:
    static bool isForm(const hookgate::Request& request) {
        const auto type = hookgate::split(request.header("content-type"), ';').first;
        return type == "application/x-www-form-urlencoded";
    }

    static bool coversBody(const hookgate::Request& request, const hookgate::Context& context) {
        const auto expected = hookgate::onlyField(context.form(request.query()), "bodySHA256");
        // Without a body there may be nothing to cover; a hash that is there has to be right.
        return (request.body().empty() && expected.empty()) ||
               context.matchesHex(context.digest(HG_SHA256, {request.body()}), expected);
    }

    // Names and values in order, each pair once.
    static std::string joined(std::span<const hg_field> fields) {
        std::vector<std::pair<std::string_view, std::string_view>> pairs;
        for (const auto& field : fields)
            pairs.emplace_back(hookgate::view(field.name), hookgate::view(field.value));
        std::sort(pairs.begin(), pairs.end());
        pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
        std::string text;
        for (const auto& [name, value] : pairs)
            text.append(name).append(value);
        return text;
    }

    // Twilio signs the URL with its port or without, whatever was configured, and an apostrophe in
    // the query always escaped.
    static std::vector<std::string> spellings(std::string_view url) {
        const auto scheme_end = url.find("://");
        if (scheme_end == std::string_view::npos) return {std::string{url}};
        const auto host = scheme_end + 3;
        const auto path = std::min(url.find_first_of("/?", host), url.size());
        const auto at = url.substr(host, path - host).rfind('@');
        const auto colon =
            url.substr(0, path).find(':', at == std::string_view::npos ? host : host + at + 1);
        const bool has_port = colon != std::string_view::npos;
        const auto base = std::string{url.substr(0, has_port ? colon : path)};
        const auto port = has_port ? std::string{url.substr(colon, path - colon)}
                          : url.starts_with("https://") ? std::string{":443"}
                                                        : std::string{":80"};
        std::string rest;
        bool in_query = false;
        for (const char c : url.substr(path)) {
            in_query = in_query || c == '?';
            if (c == '\'' && in_query)
                rest += "%27";
            else
                rest += c;
        }
        return {base + rest, base + port + rest};
    }

    // What a callback may be about.
    struct Kind {
        std::string_view type;
        std::string_view sid;
        std::string_view status;
        std::string_view old_status;
        std::string_view sequence; // empty: it has each status once
    };

    static constexpr std::array kKinds{
        Kind{"message", "MessageSid", "MessageStatus", "SmsStatus", ""},
        Kind{"message", "SmsSid", "MessageStatus", "SmsStatus", ""},
        Kind{"recording", "RecordingSid", "RecordingStatus", "", ""},
        Kind{"conference", "ConferenceSid", "StatusCallbackEvent", "", "SequenceNumber"},
        Kind{"call", "CallSid", "CallStatus", "", "SequenceNumber"}};

    hookgate::Event fromForm(std::span<const hg_field> fields) const {
        const auto field = [&](std::string_view name) { return hookgate::onlyField(fields, name); };
        const auto subject_of = [&](const Kind& kind) { return field(kind.sid); };
        const auto status_of = [&](const Kind& kind) {
            const auto status = field(kind.status);
            return status.empty() ? field(kind.old_status) : status;
        };
        // A callback about a recording or a conference names the call, too, and not its status.
        const auto* kind = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& each) {
            return !subject_of(each).empty() && !status_of(each).empty();
        });
        if (kind == kKinds.end())
            kind = std::find_if(kKinds.begin(), kKinds.end(),
                                [&](const Kind& each) { return !subject_of(each).empty(); });
        std::string type = "webhook";
        std::string_view subject;
        std::string id;
        if (kind != kKinds.end()) {
            subject = subject_of(*kind);
            const auto status = status_of(*kind);
            const auto sequence =
                kind->sequence.empty() ? std::string_view{"0"} : field(kind->sequence);
            type = kind->type;
            if (!status.empty()) type.append(".").append(status);
            if (!status.empty() && !sequence.empty())
                id.append(subject).append(":").append(status).append(":").append(sequence);
        }
        return {.external_id = id,
                .type = type,
                .subject = std::string{subject},
                .ordering_key = std::string{subject},
                .payload = hookgate::envelope(name_, type, id, hookgate::jsonOf(fields))};
    }

    const std::string name_;
    const hookgate::Keys keys_;
};

} // namespace

HG_EXPORT_PROVIDERS(Twilio);
