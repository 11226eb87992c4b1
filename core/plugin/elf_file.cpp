#include "core/plugin/elf_file.hpp"

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
    why.clear();
    return file;
}

std::string_view ElfFile::section(std::string_view name) const noexcept {
    for (const auto& section : sections_)
        if (section.name == name) return section.content;
    return {};
}

std::vector<ElfFile::Symbol> ElfFile::exports() const {
    std::vector<Symbol> exported;
    for (const auto& section : sections_) {
        if (section.type != SHT_DYNSYM || section.link >= sections_.size()) continue;
        const auto names = sections_[section.link].content;
        Elf64_Sym symbol{};
        for (std::uint64_t at = 0; readAt(section.content, at, symbol); at += sizeof(symbol)) {
            const auto binding = ELF64_ST_BIND(symbol.st_info);
            if (symbol.st_shndx == SHN_UNDEF || binding == STB_LOCAL) continue;
            exported.push_back(
                {.name = textAt(names, symbol.st_name), .unique = binding == STB_GNU_UNIQUE});
        }
    }
    return exported;
}

} // namespace hookgate::plugin
