#include "core/plugin/isolation/description.hpp"

#include "core/plugin/isolation/wire.hpp"

#include <charconv>
#include <limits>
#include <utility>
#include <vector>

namespace hookgate::plugin::isolation {
namespace {

constexpr std::size_t kTextBytesLeast = sizeof(std::uint32_t);
constexpr std::size_t kAnswerBytesLeast = 4 * sizeof(std::uint32_t);
constexpr std::size_t kProviderBytesLeast = 16 * sizeof(std::uint32_t);

hg_str rawOf(std::string_view text) noexcept {
    return {text.data(), text.size()};
}

void write(Writer& writer, const ProviderInfo& info) {
    const auto& contract = info.contract;
    writer.text(info.name).text(info.title).text(info.settings_schema);
    writer.texts(info.secret_headers).texts(info.methods);
    writer.number(info.formats ? 1 : 0);
    std::uint32_t traits = 0;
    if (!info.signs_body) traits |= HG_TRAIT_BODY_UNSIGNED;
    if (contract.sends_once) traits |= HG_TRAIT_SENDS_ONCE;
    writer.number(traits);
    writer.texts(contract.content_types);
    writer.number(static_cast<std::uint32_t>(contract.answers.size()));
    for (const auto& answer : contract.answers) {
        writer.number(static_cast<std::uint32_t>(answer.outcome) +
                      std::uint32_t{HG_OUTCOME_ACCEPTED});
        writer.number(static_cast<std::uint32_t>(answer.status));
        writer.text(answer.content_type).text(answer.body);
    }
    writer.number(static_cast<std::uint32_t>(contract.retries_on.size()));
    for (const auto status : contract.retries_on)
        writer.number(static_cast<std::uint32_t>(status));
    writer.number(static_cast<std::uint32_t>(contract.deadline.count()));
    writer.number(static_cast<std::uint32_t>(contract.tolerance.count()));
    writer.wide(static_cast<std::int64_t>(contract.body_bytes_max));
}

// A provider as the ABI has it, made of what a frame says, so that one reader checks both.
struct RawProvider {
    hg_provider provider{};
    std::vector<hg_str> secret_headers{};
    std::vector<hg_str> methods{};
    std::vector<hg_str> content_types{};
    std::vector<hg_answer> answers{};
    std::vector<std::uint32_t> retries_on{};
};

// Nobody calls these: they only say that the function is there.
struct Absent {
    static hg_status create(const hg_host*, const hg_call*, const hg_settings*, void**) {
        return HG_INTERNAL;
    }

    static void destroy(void*) {}

    static hg_status verify(void*, const hg_call*, const hg_request*, hg_verdict*) {
        return HG_INTERNAL;
    }

    static hg_status normalize(void*, const hg_call*, const hg_request*, hg_events*) {
        return HG_INTERNAL;
    }

    static hg_status format(void*, const hg_call*, const hg_delivery*, hg_outbound*) {
        return HG_INTERNAL;
    }
};

std::vector<hg_str> readTexts(Reader& reader) {
    std::vector<hg_str> texts(reader.count(kTextBytesLeast));
    for (auto& text : texts)
        text = rawOf(reader.text());
    return texts;
}

template <class T>
std::uint32_t sizeOf(const std::vector<T>& values) noexcept {
    return static_cast<std::uint32_t>(values.size());
}

void read(Reader& reader, RawProvider& raw) {
    auto& provider = raw.provider;
    provider.struct_size = sizeof(provider);
    provider.name = rawOf(reader.text());
    provider.title = rawOf(reader.text());
    provider.settings_schema = rawOf(reader.text());
    raw.secret_headers = readTexts(reader);
    raw.methods = readTexts(reader);
    provider.create = &Absent::create;
    provider.destroy = &Absent::destroy;
    provider.verify = &Absent::verify;
    provider.normalize = &Absent::normalize;
    provider.format = reader.number() == 0 ? nullptr : &Absent::format;
    provider.traits = reader.number();
    raw.content_types = readTexts(reader);
    raw.answers.resize(reader.count(kAnswerBytesLeast));
    for (auto& answer : raw.answers) {
        answer.outcome = static_cast<hg_outcome>(reader.number());
        answer.status = reader.number();
        answer.content_type = rawOf(reader.text());
        answer.body = rawOf(reader.text());
    }
    raw.retries_on.resize(reader.count(sizeof(std::uint32_t)));
    for (auto& status : raw.retries_on)
        status = reader.number();
    provider.deadline_ms = reader.number();
    provider.tolerance_ms = reader.number();
    provider.body_bytes_max = static_cast<std::uint64_t>(reader.wide());

    provider.secret_headers = raw.secret_headers.data();
    provider.secret_header_count = sizeOf(raw.secret_headers);
    provider.methods = raw.methods.data();
    provider.method_count = sizeOf(raw.methods);
    provider.content_types = raw.content_types.data();
    provider.content_type_count = sizeOf(raw.content_types);
    provider.answers = raw.answers.data();
    provider.answer_count = sizeOf(raw.answers);
    provider.retries_on = raw.retries_on.data();
    provider.retries_on_count = sizeOf(raw.retries_on);
}

std::uint16_t partOf(std::string_view abi, bool major) noexcept {
    const auto dot = abi.find('.');
    if (dot == std::string_view::npos) return 0;
    const auto part = major ? abi.substr(0, dot) : abi.substr(dot + 1);
    std::uint16_t value = 0;
    std::from_chars(part.data(), part.data() + part.size(), value);
    return value;
}

} // namespace

std::string write(const Descriptor& descriptor) {
    Writer writer{Kind::Answer};
    writer.text(descriptor.version).text(descriptor.abi);
    writer.number(static_cast<std::uint32_t>(descriptor.providers.size()));
    for (const auto& type : descriptor.providers)
        write(writer, type.info);
    return std::string{writer.frame()};
}

base::Result<Descriptor, std::string> readDescription(std::string_view payload) {
    Reader reader{payload};
    hg_plugin plugin{};
    plugin.struct_size = sizeof(plugin);
    plugin.version = rawOf(reader.text());
    const auto abi = reader.text();
    plugin.abi_major = partOf(abi, true);
    plugin.abi_minor = partOf(abi, false);
    std::vector<RawProvider> raw(reader.count(kProviderBytesLeast));
    std::vector<const hg_provider*> providers;
    for (auto& each : raw) {
        read(reader, each);
        providers.push_back(&each.provider);
    }
    if (!reader.complete())
        return base::Error{
            std::string{"its process describes it with something that is no "
                        "description"}};
    plugin.provider_count = sizeOf(providers);
    plugin.providers = providers.data();
    // All of it is this function's own memory.
    auto descriptor = readDescriptor(&plugin, {0, std::numeric_limits<std::uintptr_t>::max()});
    if (!descriptor) return descriptor;
    for (auto& type : descriptor->providers) {
        type.functions = nullptr;
        type.image = {};
    }
    return descriptor;
}

} // namespace hookgate::plugin::isolation
