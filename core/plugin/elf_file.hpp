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
    // What it takes from others, without versions.
    std::vector<std::string_view> imports() const;
    // The libraries it needs (DT_NEEDED).
    std::vector<std::string_view> needed() const;
    // Where else it has libraries looked for (DT_RPATH, DT_RUNPATH); empty: nowhere.
    std::string_view searchPath() const;

    // Whether loading it would make the stacks of the process executable.
    bool wantsExecutableStack() const noexcept;
    // Whether some of its memory is both written and run.
    bool hasWritableCode() const noexcept;
    // Whether its code is changed while it is loaded.
    bool hasTextRelocations() const;
    // Whether all of its functions are found when it is loaded, not when they are called.
    bool bindsAtOnce() const;

private:
    struct Section {
        std::string_view name;
        std::string_view content;
        std::uint32_t type = 0;
        std::uint32_t link = 0;
    };

    struct Segment {
        std::uint32_t type = 0;
        std::uint32_t flags = 0;
    };

    // Calls `visit(tag, value, text)` for each entry of the dynamic section.
    template <class Visit>
    void forEachDynamic(const Visit& visit) const;
    // Calls `visit(symbol, name)` for each dynamic symbol that is not local.
    template <class Visit>
    void forEachSymbol(const Visit& visit) const;

    std::vector<Section> sections_;
    std::vector<Segment> segments_;
};

} // namespace hookgate::plugin
