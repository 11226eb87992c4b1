#include "core/plugin/inspection.hpp"

#include "core/plugin/elf_file.hpp"

#include <hookgate/provider_abi.h>

#include <algorithm>
#include <charconv>

namespace hookgate::plugin {
namespace {

constexpr std::string_view kSymbol = "hg_plugin_v1";
constexpr std::string_view kSymbolOfAnyAbi = "hg_plugin_v";
constexpr std::size_t kManifestBytesMax = 4096;

struct AbiVersion {
    int major = 0;
    int minor = 0;
};

bool parseAbi(std::string_view text, AbiVersion& abi) {
    const auto* const end = text.data() + text.size();
    auto parsed = std::from_chars(text.data(), end, abi.major);
    if (parsed.ec != std::errc{} || parsed.ptr == end || *parsed.ptr != '.') return false;
    parsed = std::from_chars(parsed.ptr + 1, end, abi.minor);
    return parsed.ec == std::errc{} && parsed.ptr == end;
}

std::string speaksOther(std::string_view abi) {
    return "it speaks plugin ABI " + std::string{abi} + ", this gateway speaks " +
           std::to_string(HG_ABI_MAJOR) + '.' + std::to_string(HG_ABI_MINOR) +
           "; rebuild it with this gateway's SDK, or install the gateway it was built for";
}

// Items of a section, each ended by a zero byte.
template <class Visit>
void forEachItem(std::string_view section, Visit&& visit) {
    while (!section.empty()) {
        const auto end = section.find('\0');
        if (end != 0) visit(section.substr(0, end));
        if (end == std::string_view::npos) return;
        section.remove_prefix(end + 1);
    }
}

void readManifest(std::string_view manifest, Inspection& inspection) {
    if (manifest.size() > kManifestBytesMax) {
        inspection.refusal = "its .hg_manifest section is longer than 4096 bytes";
        return;
    }
    auto& read = inspection.manifest;
    forEachItem(manifest, [&](std::string_view item) {
        read.present = true;
        if (item.starts_with("provider=")) read.providers.emplace_back(item.substr(9));
        if (item.starts_with("version=")) read.version = item.substr(8);
        if (!item.starts_with("abi=")) return;
        read.abi = item.substr(4);
        AbiVersion abi;
        if (!parseAbi(item.substr(4), abi) || abi.major != HG_ABI_MAJOR || abi.minor > HG_ABI_MINOR)
            inspection.refusal = speaksOther(item.substr(4));
    });
}

void readExports(const ElfFile& elf, Inspection& inspection) {
    bool found = false;
    std::string other;
    for (const auto& symbol : elf.exports()) {
        if (symbol.name == kSymbol) {
            found = true;
        } else if (symbol.name.starts_with(kSymbolOfAnyAbi)) {
            other = symbol.name.substr(kSymbolOfAnyAbi.size());
        }
    }
    if (found || !inspection.refusal.empty()) return;
    inspection.refusal = !other.empty() ? speaksOther(other)
                                        : "it does not export hg_plugin_v1; end the source with "
                                          "HG_EXPORT_PROVIDERS(...) and build "
                                          "it with hookgate_add_plugin()";
}

} // namespace

Inspection inspect(std::string_view bytes) {
    Inspection inspection;
    const auto elf = ElfFile::open(bytes, inspection.refusal);
    if (!elf) return inspection;
    readManifest(elf->section(".hg_manifest"), inspection);
    readExports(*elf, inspection);
    forEachItem(elf->section(".hg_vectors"),
                [&](std::string_view vectors) { inspection.vectors.emplace_back(vectors); });
    return inspection;
}

} // namespace hookgate::plugin
