#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::plugin {

// A 64-bit ELF shared object as bytes: what it holds, without running any of it. Every offset in
// the file is checked before it is followed. Refers to the bytes it was made from.
class ElfFile {
public:
    struct Symbol {
        std::string_view name;
        bool unique = false; // STB_GNU_UNIQUE: shared between libraries, never unloaded
    };

    // nullopt: no shared object for this machine; `why` says in what way.
    static std::optional<ElfFile> open(std::string_view bytes, std::string& why);

    // The content of a section, empty when there is none of that name.
    std::string_view section(std::string_view name) const noexcept;

    // What the object exports: global and weak definitions.
    std::vector<Symbol> exports() const;

private:
    struct Section {
        std::string_view name;
        std::string_view content;
        std::uint32_t type = 0;
        std::uint32_t link = 0;
    };

    std::vector<Section> sections_;
};

} // namespace hookgate::plugin
