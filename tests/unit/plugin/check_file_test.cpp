// What plugins check tells from the file alone, on a sound verifier that was built without care
// (tests/abi/careless).
#include "core/plugin/check/catalogue.hpp"
#include "core/plugin/check/check.hpp"
#include "core/plugin/check/file_checks.hpp"
#include "core/plugin/elf_file.hpp"
#include "core/plugin/library.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hookgate::plugin::check {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::filesystem::path careless(const std::string& name) {
    return std::filesystem::path{HG_CARELESS_DIR} / ("careless_" + name + ".so");
}

std::vector<Finding> check(const std::string& name) {
    return checkPlugin({.file = careless(name), .only = {"static", "load"}}).findings;
}

auto finds(const std::string& id, const std::string& text) {
    return Contains(AllOf(Field(&Finding::id, id), Field(&Finding::text, HasSubstr(text))));
}

std::vector<std::string> errors(const std::vector<Finding>& findings) {
    std::vector<std::string> ids;
    for (const auto& finding : findings)
        if (levelOf(finding.id) == Level::Error) ids.push_back(finding.id);
    return ids;
}

TEST(PluginFileCheck, NamesEveryKindOfForbiddenFunction) {
    const auto findings = check("forbidden");
    EXPECT_THAT(findings, finds("static.network", "socket"));
    EXPECT_THAT(findings, finds("static.network", "connect"));
    EXPECT_THAT(findings, finds("static.process", "fork"));
    EXPECT_THAT(findings, finds("static.process", "execve"));
    EXPECT_THAT(findings, finds("static.process", "system"));
    EXPECT_THAT(findings, finds("static.process", "popen"));
    EXPECT_THAT(findings, finds("static.loading", "dlopen"));
    EXPECT_THAT(findings, finds("static.signal", "sigaction"));
    EXPECT_THAT(findings, finds("static.state", "setenv"));
    EXPECT_THAT(findings, finds("static.state", "setlocale"));
    EXPECT_THAT(findings, finds("static.exit", "exit"));
    EXPECT_THAT(findings, finds("static.exit", "abort"));
    EXPECT_THAT(findings, finds("static.file", "fopen"));
    EXPECT_THAT(findings, finds("static.impure", "getenv"));
}

TEST(PluginFileCheck, FindsThreadsThatAreStartedThroughTheStandardLibrary) {
    EXPECT_THAT(check("thread"), finds("static.thread", "_ZNSt6thread"));
}

TEST(PluginFileCheck, FindsHowItWasLinked) {
    EXPECT_THAT(errors(check("executable_stack")), ElementsAre("static.executable-stack"));
    EXPECT_THAT(errors(check("text_relocation")), ElementsAre("static.text-relocations"));
    EXPECT_THAT(errors(check("lazy")), Contains("static.lazy-binding"));
    EXPECT_THAT(check("search_path"), finds("static.search-path", "/tmp"));
}

TEST(PluginFileCheck, FindsWhatIsExportedBesideTheDescriptor) {
    EXPECT_THAT(errors(check("exports")), Contains("static.exports"));
}

#if !defined(__clang__) // which makes no unique symbols
TEST(PluginFileCheck, FindsWhatTwoCopiesWouldShare) {
    const auto tables = check("unique");
    EXPECT_THAT(tables, finds("static.unique", "kProviders"));
    EXPECT_THAT(tables, finds("load.twice", "list of providers"));
    const auto descriptor = check("unique_descriptor");
    EXPECT_THAT(descriptor, finds("static.unique", "hg_plugin_v1"));
    EXPECT_THAT(descriptor, finds("load.twice", "shares its memory"));
}
#endif

TEST(PluginFileCheck, ComparesTheManifestWithTheDescriptor) {
    const auto findings = check("other_manifest");
    EXPECT_THAT(findings, finds("load.manifest", "'0.9.0'"));
    EXPECT_THAT(findings, finds("load.manifest", "'cash'"));
}

TEST(PluginFileCheck, OnlyWarnsOfLibrariesAndComparisons) {
    const auto library = check("library");
    EXPECT_THAT(library, finds("static.library", "libcrypto.so"));
    EXPECT_THAT(errors(library), IsEmpty());
    const auto comparison = check("comparison");
    EXPECT_THAT(comparison, finds("static.comparison", "strcmp"));
    EXPECT_THAT(errors(comparison), IsEmpty());
}

TEST(PluginFileCheck, KnowsWhatARuntimeBringsThatWasLinkedIn) {
    const auto bytes = readPluginFile(careless("carefully_static"));
    ASSERT_TRUE(bytes);
    std::string why;
    const auto elf = ElfFile::open(*bytes, why);
    ASSERT_TRUE(elf) << why;
    EXPECT_THAT(elf->needed(), ::testing::Not(Contains("libstdc++.so.6")));
    EXPECT_THAT(elf->imports(), Contains("abort"));
    EXPECT_THAT(errors(check("carefully_static")), IsEmpty());
}

// A listener for whom what is found does not matter.
class Deaf final : public Listener {
public:
    void began(std::string_view) override {}

    void ran(std::size_t) override {}

    void found(std::string_view, std::string_view, std::string_view) override {}
};

TEST(PluginFileCheck, FollowsNoOffsetOutOfABrokenFile) {
    const auto bytes = readPluginFile(careless("lazy"));
    ASSERT_TRUE(bytes);
    Deaf listener;
    auto broken = *bytes;
    for (std::size_t i = 0; i < broken.size(); i += 7) {
        broken[i] = static_cast<char>(broken[i] ^ '\xff');
        if (const auto inspection = inspect(broken); inspection.refusal.empty())
            checkFile(broken, inspection, listener);
        broken[i] = (*bytes)[i];
    }
}

} // namespace
} // namespace hookgate::plugin::check
