#include "core/plugin/registry.hpp"

#include "core/plugin/inspection.hpp"
#include "core/plugin/library.hpp"
#include "core/plugin/provider_in_process.hpp"
#include "tests/unit/plugin/loaded_plugin.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

namespace hookgate::plugin {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class RegistryTest : public ::testing::Test {
protected:
    Registry load() {
        return Registry{{.directory = directory.path()}, inProcessInstances(log, clock)};
    }

    // Why a plugin of tests/abi is refused; empty when it is not.
    std::string refusalOf(const std::string& plugin) {
        directory.add(plugin, plugin + ".so");
        const auto registry = load();
        return registry.refused().empty() ? "" : registry.refused().front().reason;
    }

    void write(const std::string& name, const std::string& content) const {
        std::ofstream{directory.path() / name, std::ios::binary} << content;
    }

    PluginsDirectory directory;
    RecordingLog log;
    base::SystemClock clock;
};

TEST_F(RegistryTest, LoadsTheBundledPluginsAndTellsWhatTheyDeclare) {
    const Registry registry{{.directory = HG_PLUGINS_DIR}, inProcessInstances(log, clock)};
    EXPECT_THAT(registry.refused(), IsEmpty());
    const auto of = [&](std::string_view file) {
        const auto& all = registry.plugins();
        const auto found = std::find_if(all.begin(), all.end(),
                                        [&](const auto& plugin) { return plugin.file == file; });
        return found == all.end() ? PluginInfo{} : *found;
    };
    ASSERT_EQ(registry.plugins()[0].file, "acme.so");
    EXPECT_EQ(registry.plugins()[0].version, "1.0.0");
    EXPECT_EQ(registry.plugins()[0].abi, "1.0");
    EXPECT_THAT(registry.plugins()[0].sha256, SizeIs(64));
    const auto& acme = registry.plugins()[0].providers.at(0);
    EXPECT_EQ(acme.name, "acme");
    EXPECT_TRUE(acme.signs_body);
    EXPECT_FALSE(acme.formats);
    const auto globex = of("globex.so").providers.at(0);
    EXPECT_TRUE(globex.formats);
    EXPECT_FALSE(globex.signs_body);
    EXPECT_THAT(globex.secret_headers, ElementsAre("x-globex-token"));
    const auto slack = of("slack.so").providers.at(0).contract;
    EXPECT_EQ(slack.tolerance, std::chrono::minutes{5});
    EXPECT_EQ(slack.deadline, std::chrono::seconds{3});
    EXPECT_TRUE(slack.takes("application/json; charset=utf-8"));
    EXPECT_FALSE(slack.takes("text/plain"));
    ASSERT_NE(slack.answerTo(Outcome::Accepted), nullptr);
    EXPECT_EQ(slack.answerTo(Outcome::Accepted)->status, 200);
    EXPECT_EQ(slack.answerTo(Outcome::Rejected), nullptr);
    EXPECT_TRUE(of("github.so").providers.at(0).contract.sends_once);
    EXPECT_TRUE(registry.knows("globex"));
    EXPECT_FALSE(registry.knows("initech"));
}

TEST_F(RegistryTest, IsContentWithAnEmptyDirectory) {
    const auto registry = load();
    EXPECT_THAT(registry.refused(), IsEmpty());
    EXPECT_THAT(registry.plugins(), IsEmpty());
}

TEST_F(RegistryTest, SaysWhatToDoWhenThereIsNoDirectory) {
    const Registry registry{{.directory = directory.path() / "absent"},
                            inProcessInstances(log, clock)};
    ASSERT_THAT(registry.refused(), SizeIs(1));
    EXPECT_THAT(registry.refused()[0].reason, HasSubstr("set PLUGINS_DIR"));
}

TEST_F(RegistryTest, LooksAtPluginFilesOnly) {
    write("README.md", "not a plugin");
    write(".hidden.so", "not a plugin");
    write("acme.so.bak", "not a plugin");
    write("acme.so~", "not a plugin");
    std::filesystem::create_directory(directory.path() / "old.so");
    directory.add("simple", "simple.so");
    const auto registry = load();
    EXPECT_THAT(registry.refused(), IsEmpty());
    EXPECT_THAT(registry.plugins(), SizeIs(1));
}

TEST_F(RegistryTest, RefusesFilesThatAreNoSharedObject) {
    write("a_text.so", "hello");
    write("b_empty.so", "");
    write("c_cut.so",
          "\x7f"
          "ELF\x02\x01\x01");
    std::filesystem::create_symlink("nowhere", directory.path() / "d_dangling.so");
    const auto registry = load();
    ASSERT_THAT(registry.refused(), SizeIs(4));
    EXPECT_EQ(registry.refused()[0].file, "a_text.so");
    EXPECT_THAT(registry.refused()[0].reason, HasSubstr("no ELF shared object"));
    EXPECT_THAT(registry.refused()[1].reason, HasSubstr("no ELF shared object"));
    EXPECT_THAT(registry.refused()[2].reason, HasSubstr("cut short"));
    EXPECT_THAT(registry.refused()[3].reason, HasSubstr("symbolic link"));
}

TEST_F(RegistryTest, RefusesASharedObjectWithoutTheSymbol) {
    EXPECT_THAT(refusalOf("no_symbol"),
                AllOf(HasSubstr("does not export hg_plugin_v1"), HasSubstr("HG_EXPORT_PROVIDERS")));
}

TEST_F(RegistryTest, RefusesAnotherAbiItFindsInTheSymbols) {
    EXPECT_THAT(refusalOf("other_abi"), AllOf(HasSubstr("ABI 2"), HasSubstr("speaks 1.0")));
}

TEST_F(RegistryTest, RefusesALaterMinorAbi) {
    EXPECT_THAT(refusalOf("newer_minor"), AllOf(HasSubstr("ABI 1.1"), HasSubstr("rebuild")));
}

TEST_F(RegistryTest, RefusesAnotherAbiByItsManifestWithoutRunningAnyCode) {
    // Its constructor aborts the process.
    EXPECT_THAT(refusalOf("wrong_manifest"), HasSubstr("ABI 9.1"));
}

TEST_F(RegistryTest, RefusesAPluginThatNamesAProviderTwice) {
    EXPECT_THAT(refusalOf("twice"), HasSubstr("names the provider 'simple' twice"));
}

TEST_F(RegistryTest, RefusesAnUnresolvedSymbolAndNamesIt) {
    EXPECT_THAT(refusalOf("unresolved"), AllOf(HasSubstr("function_that_nobody_defines"),
                                               HasSubstr("-Wl,-z,defs"), Not(HasSubstr("/proc/"))));
}

TEST_F(RegistryTest, RefusesAMissingFunctionAndNamesIt) {
    EXPECT_THAT(refusalOf("null_function"),
                AllOf(HasSubstr("'forgetful'"), HasSubstr("no normalize()")));
}

TEST_F(RegistryTest, RefusesANameThatCannotStandInAUrl) {
    EXPECT_THAT(refusalOf("bad_name"), HasSubstr("[a-z0-9][a-z0-9_-]{0,62}"));
}

TEST_F(RegistryTest, RefusesBothFilesThatNameOneProviderAndKeepsTheOthers) {
    directory.add("simple", "one.so");
    directory.add("simple", "two.so");
    directory.add("hostile", "hostile.so");
    const auto registry = load();
    ASSERT_THAT(registry.refused(), SizeIs(2));
    for (const auto& refused : registry.refused())
        EXPECT_THAT(refused.reason, AllOf(HasSubstr("one.so"), HasSubstr("two.so"),
                                          HasSubstr("remove all but one")));
    EXPECT_FALSE(registry.knows("simple"));
    EXPECT_TRUE(registry.knows("hostile"));
}

TEST_F(RegistryTest, FindsAllProblemsAtOnce) {
    for (const auto* const plugin : {"no_symbol", "other_abi", "twice", "unresolved", "bad_name"})
        directory.add(plugin, std::string{plugin} + ".so");
    EXPECT_THAT(load().refused(), SizeIs(5));
}

TEST_F(RegistryTest, RunsACopySoThatTheFileMayBeOverwritten) {
    directory.add("simple", "simple.so");
    const auto registry = load();
    ASSERT_TRUE(registry.knows("simple"));
    write("simple.so", "overwritten in place");
    const auto provider = registry.create({.provider = "simple", .integration = "x"});
    ASSERT_TRUE(provider) << provider.error();
    EXPECT_TRUE((*provider)->verify({}));
}

TEST_F(RegistryTest, LoadsTheSameFileTwiceAsTwoLibrariesWithTheirOwnStatics) {
    const auto bytes = readPluginFile(PluginsDirectory::testPlugin("simple"));
    ASSERT_TRUE(bytes);
    const auto first = Library::load("simple.so", *bytes);
    const auto second = Library::load("simple.so", *bytes);
    ASSERT_TRUE(first && second);
    EXPECT_NE((*first)->plugin(), (*second)->plugin());
}

TEST_F(RegistryTest, SaysWhatToDoAboutAProviderThatNobodyProvides) {
    const auto provider = load().create({.provider = "initech", .integration = "x"});
    ASSERT_FALSE(provider);
    EXPECT_THAT(provider.error(), AllOf(HasSubstr("'initech'"), HasSubstr("plugins directory")));
}

TEST_F(RegistryTest, MakesProvidersThatOutliveIt) {
    directory.add("simple", "simple.so");
    std::shared_ptr<const Provider> provider;
    {
        const auto registry = load();
        provider = *registry.create({.provider = "simple", .integration = "x"});
    }
    EXPECT_TRUE(provider->verify({}));
}

TEST(Inspection, FollowsNoOffsetOutOfTheFile) {
    const auto bytes = readPluginFile(PluginsDirectory::testPlugin("simple"));
    ASSERT_TRUE(bytes);
    EXPECT_THAT(inspect(*bytes).manifest.providers, ElementsAre("simple"));
    // Every way to cut the file, in steps, and every byte of the header set to 0xff.
    for (std::size_t kept = 0; kept < bytes->size(); kept += 97)
        EXPECT_FALSE(inspect(std::string_view{*bytes}.substr(0, kept)).refusal.empty()) << kept;
    std::size_t refused = 0;
    for (std::size_t i = 0; i < 64; ++i) {
        auto broken = *bytes;
        broken[i] = '\xff';
        if (!inspect(broken).refusal.empty()) ++refused;
    }
    EXPECT_GT(refused, 10U);
}

TEST(Inspection, FindsTheBundledPluginsWellBuilt) {
    for (const auto* const name : {"acme.so", "globex.so"}) {
        const auto bytes = readPluginFile(std::filesystem::path{HG_PLUGINS_DIR} / name);
        ASSERT_TRUE(bytes);
        const auto inspection = inspect(*bytes);
        EXPECT_THAT(inspection.refusal, IsEmpty());
        EXPECT_THAT(inspection.vectors, SizeIs(1));
    }
}

} // namespace
} // namespace hookgate::plugin
