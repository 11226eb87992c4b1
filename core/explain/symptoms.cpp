#include "core/explain/symptoms.hpp"

#include "core/base/hex.hpp"
#include "core/base/text.hpp"
#include "core/offline/request_view.hpp"
#include "core/offline/suggestion.hpp"

#include <algorithm>
#include <charconv>

namespace hookgate::explain {
namespace {

using plugin::Decision;
using plugin::ProviderInProcess;
using plugin::check::SampleRequest;

constexpr std::string_view kRedacted = "[redacted]";

std::vector<std::string> valuesOf(const SampleRequest& request, std::string_view name) {
    std::vector<std::string> values;
    for (const auto& [header, value] : request.headers)
        if (header == name) values.push_back(value);
    return values;
}

bool accepts(const ProviderInProcess& provider, const SampleRequest& request, base::UnixMs now) {
    const offline::RequestView view{request, now};
    const auto verdict = provider.verify(*view);
    return verdict && verdict->decision != Decision::Reject;
}

std::vector<ProofHeader> neededByVectors(const offline::LoadedProvider& provider,
                                         const ProviderInProcess::Collaborators& collaborators) {
    std::vector<ProofHeader> needed;
    for (const auto& vector : provider.vectors) {
        if (vector.expect.verdict != "accept") continue;
        auto settings = vector.settings;
        settings.tolerance = std::chrono::milliseconds{0};
        const auto made = ProviderInProcess::create(provider.type, settings, collaborators);
        const auto now = vector.now.value_or(0);
        if (!made || !accepts(**made, vector.request, now)) continue;
        for (const auto& [name, value] : vector.request.headers) {
            auto without = vector.request;
            const auto& gone = name;
            std::erase_if(without.headers,
                          [&](const auto& header) { return header.first == gone; });
            if (!accepts(**made, without, now)) needed.push_back({name, value});
        }
        if (!needed.empty()) break;
    }
    return needed;
}

// What a text is written in, as far as one can see.
std::string encodingOf(std::string_view text) {
    const auto all = [&](auto&& is) { return std::all_of(text.begin(), text.end(), is); };
    if (all([](char c) { return c >= '0' && c <= '9'; })) return "digits";
    if (all([](char c) { return base::hexDigit(c) >= 0; })) return "hex";
    constexpr std::string_view kBase64 =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    if (all([&](char c) { return kBase64.find(c) != std::string_view::npos; })) return "base64";
    return "text";
}

// The longest item of a list of names and values: the proof itself.
std::string_view coreOf(std::string_view value) {
    std::string_view longest;
    while (!value.empty()) {
        const auto item = value.substr(0, value.find_first_of(",; "));
        auto core = item;
        // Padding belongs to what it ends.
        if (const auto equals = item.find('=');
            equals < 12 && equals + 1 < item.size() && item[equals + 1] != '=')
            core = item.substr(equals + 1);
        if (core.size() > longest.size()) longest = core;
        value.remove_prefix(std::min(value.size(), item.size() + 1));
    }
    return longest;
}

void addMissing(std::vector<Finding>& findings, const SampleRequest& request,
                const std::string& name) {
    std::vector<std::string> names;
    for (const auto& header : request.headers)
        names.push_back(header.first);
    findings.push_back(
        {"header_missing",
         "the header " + name + " is missing" + offline::suggestion(name, names) +
             ": it is not from the provider, or a proxy before hookgate dropped it"});
}

void addLength(std::vector<Finding>& findings, const SampleRequest& request) {
    const auto lengths = valuesOf(request, "content-length");
    if (lengths.size() == 1) {
        std::size_t length = 0;
        const auto& text = lengths.front();
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
        if (error == std::errc{} && end == text.data() + text.size() &&
            length != request.body.size())
            findings.push_back({"content_length", "content-length says " + std::to_string(length) +
                                                      " bytes and the body has " +
                                                      std::to_string(request.body.size()) +
                                                      ": it was not captured as it was sent"});
    }
    for (const auto& coding : valuesOf(request, "transfer-encoding"))
        if (base::toLower(coding).find("chunked") != std::string::npos && lengths.empty())
            findings.push_back({"chunked",
                                "the body was sent in chunks: put their content alone "
                                "into the dump, without the lines with their sizes"});
    for (const auto& coding : valuesOf(request, "content-encoding"))
        if (base::toLower(coding) != "identity")
            findings.push_back({"content_encoding",
                                "the body is compressed, and hookgate takes it as it is: what is "
                                "signed may be what is in it"});
}

} // namespace

std::vector<ProofHeader> proofHeaders(const offline::LoadedProvider& provider,
                                      const ProviderInProcess& instance,
                                      const SampleRequest& request, base::UnixMs now,
                                      const ProviderInProcess::Collaborators& collaborators) {
    const offline::RequestView view{request, now};
    const auto made = instance.sign(*view, {});
    if (!made || made->headers.empty()) return neededByVectors(provider, collaborators);
    std::vector<ProofHeader> proof;
    // Of a secret not even the length is told.
    for (const auto& [name, value] : made->headers)
        proof.push_back({name, instance.isSecretHeader(name) ? std::string{} : value});
    return proof;
}

std::vector<Finding> symptomsOf(const SampleRequest& request,
                                const std::vector<ProofHeader>& proof) {
    std::vector<Finding> findings;
    for (const auto& header : proof) {
        const auto values = valuesOf(request, header.name);
        if (values.empty()) addMissing(findings, request, header.name);
        if (values.size() > 1)
            findings.push_back({"header_doubled", "the header " + header.name + " came " +
                                                      std::to_string(values.size()) +
                                                      " times, and may come once"});
        if (std::find(values.begin(), values.end(), kRedacted) != values.end())
            findings.push_back(
                {"header_redacted", "the header " + header.name +
                                        " is a secret that is not stored: the request cannot be "
                                        "verified again; explain a dump of it"});
    }
    addLength(findings, request);
    return findings;
}

std::vector<Finding> malformedOf(const SampleRequest& request,
                                 const std::vector<ProofHeader>& proof,
                                 plugin::RejectReason reason) {
    std::vector<Finding> findings;
    for (const auto& header : proof) {
        const auto values = valuesOf(request, header.name);
        if (values.size() != 1 || values.front() == kRedacted || header.example.empty()) continue;
        const auto given = coreOf(values.front());
        const auto wanted = coreOf(header.example);
        const auto is = encodingOf(given);
        const auto should = encodingOf(wanted);
        const bool differs = given.size() != wanted.size() || is != should;
        const bool is_token = should == "text"; // it may be of any length
        if (!differs || (is_token && reason != plugin::RejectReason::SignatureMalformed)) continue;
        auto text = std::string{"the header "}.append(header.name).append(" has ");
        text.append(std::to_string(given.size())).append(" characters of ").append(is);
        text.append(" where ").append(std::to_string(wanted.size())).append(" of ").append(should);
        text.append(" are usual: it was cut, or made in another way");
        findings.push_back({"proof_malformed", std::move(text)});
    }
    return findings;
}

} // namespace hookgate::explain
