#include "core/plugin/elf_file.hpp"

#include <algorithm>
#include <cstring>

#include <elf.h>

namespace hookgate::plugin {
namespace {

#if defined(__x86_64__)
constexpr Elf64_Half kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half kMachine = EM_AARCH64;
#else
#error "name this machine's ELF number here"
#endif

// A copy of the struct at an offset; false: it is not all there.
template <class T>
bool readAt(std::string_view bytes, std::uint64_t offset, T& value) noexcept {
    if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return false;
    std::memcpy(&value, bytes.data() + offset, sizeof(T));
    return true;
}

std::string_view slice(std::string_view bytes, std::uint64_t offset, std::uint64_t size) noexcept {
    if (offset > bytes.size() || bytes.size() - offset < size) return {};
    return bytes.substr(offset, size);
}

std::string_view textAt(std::string_view table, std::uint64_t offset) noexcept {
    if (offset >= table.size()) return {};
    const auto rest = table.substr(offset);
    const auto end = rest.find('\0');
    return end == std::string_view::npos ? std::string_view{} : rest.substr(0, end);
}

std::string_view contentOf(std::string_view bytes, const Elf64_Shdr& header) noexcept {
    return header.sh_type == SHT_NOBITS ? std::string_view{}
                                        : slice(bytes, header.sh_offset, header.sh_size);
}

bool isSharedObject(std::string_view bytes, Elf64_Ehdr& header, std::string& why) {
    if (!bytes.starts_with(ELFMAG)) {
        why = "it is no ELF shared object";
    } else if (!readAt(bytes, 0, header)) {
        why = "it is cut short; copy it again";
    } else if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
               header.e_machine != kMachine) {
        why = "it was built for another machine; build it on this one";
    } else if (header.e_type != ET_DYN) {
        why = "it is an executable or object file, not a shared object; link it with -shared";
    } else {
        return true;
    }
    return false;
}

} // namespace

std::optional<ElfFile> ElfFile::open(std::string_view bytes, std::string& why) {
    Elf64_Ehdr header{};
    if (!isSharedObject(bytes, header, why)) return std::nullopt;
    why = "it is cut short; copy it again";
    if (header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shstrndx >= header.e_shnum)
        return std::nullopt;

    std::vector<Elf64_Shdr> headers(header.e_shnum);
    for (std::size_t i = 0; i < headers.size(); ++i)
        if (header.e_shoff > bytes.size() ||
            !readAt(bytes, header.e_shoff + i * sizeof(Elf64_Shdr), headers[i]))
            return std::nullopt;
    const auto names = contentOf(bytes, headers[header.e_shstrndx]);
    ElfFile file;
    for (const auto& section : headers)
        file.sections_.push_back({.name = textAt(names, section.sh_name),
                                  .content = contentOf(bytes, section),
                                  .type = section.sh_type,
                                  .link = section.sh_link});
    for (std::size_t i = 0; i < header.e_phnum; ++i) {
        Elf64_Phdr segment{};
        if (header.e_phentsize != sizeof(segment) || header.e_phoff > bytes.size() ||
            !readAt(bytes, header.e_phoff + i * sizeof(segment), segment))
            return std::nullopt;
        file.segments_.push_back({.type = segment.p_type, .flags = segment.p_flags});
    }
    why.clear();
    return file;
}

std::string_view ElfFile::section(std::string_view name) const noexcept {
    for (const auto& section : sections_)
        if (section.name == name) return section.content;
    return {};
}

template <class Visit>
void ElfFile::forEachSymbol(const Visit& visit) const {
    for (const auto& section : sections_) {
        if (section.type != SHT_DYNSYM || section.link >= sections_.size()) continue;
        const auto names = sections_[section.link].content;
        Elf64_Sym symbol{};
        for (std::uint64_t at = 0; readAt(section.content, at, symbol); at += sizeof(symbol))
            if (ELF64_ST_BIND(symbol.st_info) != STB_LOCAL)
                visit(symbol, textAt(names, symbol.st_name));
    }
}

template <class Visit>
void ElfFile::forEachDynamic(const Visit& visit) const {
    for (const auto& section : sections_) {
        if (section.type != SHT_DYNAMIC || section.link >= sections_.size()) continue;
        const auto names = sections_[section.link].content;
        Elf64_Dyn entry{};
        for (std::uint64_t at = 0; readAt(section.content, at, entry) && entry.d_tag != DT_NULL;
             at += sizeof(entry))
            visit(entry.d_tag, entry.d_un.d_val, textAt(names, entry.d_un.d_val));
    }
}

std::vector<ElfFile::Symbol> ElfFile::exports() const {
    std::vector<Symbol> exported;
    forEachSymbol([&](const Elf64_Sym& symbol, std::string_view name) {
        if (symbol.st_shndx != SHN_UNDEF)
            exported.push_back(
                {.name = name, .unique = ELF64_ST_BIND(symbol.st_info) == STB_GNU_UNIQUE});
    });
    return exported;
}

std::vector<std::string_view> ElfFile::imports() const {
    std::vector<std::string_view> imported;
    forEachSymbol([&](const Elf64_Sym& symbol, std::string_view name) {
        if (symbol.st_shndx == SHN_UNDEF) imported.push_back(name);
    });
    return imported;
}

std::vector<std::string_view> ElfFile::needed() const {
    std::vector<std::string_view> libraries;
    forEachDynamic([&](Elf64_Sxword tag, std::uint64_t, std::string_view text) {
        if (tag == DT_NEEDED) libraries.push_back(text);
    });
    return libraries;
}

std::string_view ElfFile::searchPath() const {
    std::string_view path;
    forEachDynamic([&](Elf64_Sxword tag, std::uint64_t, std::string_view text) {
        if (tag == DT_RPATH || tag == DT_RUNPATH) path = text;
    });
    return path;
}

bool ElfFile::wantsExecutableStack() const noexcept {
    // Without a word about it the loader takes the worst for granted.
    const auto stack = std::find_if(segments_.begin(), segments_.end(), [](const Segment& segment) {
        return segment.type == PT_GNU_STACK;
    });
    return stack == segments_.end() || (stack->flags & PF_X) != 0;
}

bool ElfFile::hasWritableCode() const noexcept {
    return std::any_of(segments_.begin(), segments_.end(), [](const Segment& segment) {
        return segment.type == PT_LOAD && (segment.flags & PF_W) != 0 &&
               (segment.flags & PF_X) != 0;
    });
}

bool ElfFile::hasTextRelocations() const {
    bool found = false;
    forEachDynamic([&](Elf64_Sxword tag, std::uint64_t value, std::string_view) {
        found = found || tag == DT_TEXTREL || (tag == DT_FLAGS && (value & DF_TEXTREL) != 0);
    });
    return found;
}

bool ElfFile::bindsAtOnce() const {
    bool found = false;
    forEachDynamic([&](Elf64_Sxword tag, std::uint64_t value, std::string_view) {
        found = found || tag == DT_BIND_NOW || (tag == DT_FLAGS && (value & DF_BIND_NOW) != 0) ||
                (tag == DT_FLAGS_1 && (value & DF_1_NOW) != 0);
    });
    return found;
}

} // namespace hookgate::plugin
