#include "core/plugin/provider_in_process.hpp"
#include "core/plugin/registry.hpp"
#include "tests/unit/plugin/loaded_plugin.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <optional>

namespace hookgate::plugin {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

auto isChange(PluginChange::Kind kind, const std::string& file, const std::string& version) {
    return AllOf(Field(&PluginChange::kind, kind), Field(&PluginChange::file, file),
                 Field(&PluginChange::version, version));
}

auto isRefused(const std::string& file, const std::string& why) {
    return AllOf(Field(&RefusedPlugin::file, file), Field(&RefusedPlugin::reason, HasSubstr(why)));
}

std::string typeReadBy(const Provider& provider) {
    const auto events = provider.normalize({.method = "POST", .body = R"({"id":"1"})"});
    return events ? events->front().type : events.error().explanation;
}

class Generations : public ::testing::Test {
protected:
    Generations() { directory.add("versioned_1", "versioned.so"); }

    Registry& registry() {
        if (!made)
            made.emplace(Registry::Options{directory.path()}, inProcessInstances(log, clock));
        return *made;
    }

    std::shared_ptr<const Provider> instance() {
        auto provider = registry().create({.provider = "versioned", .integration = "x"});
        if (provider) return *provider;
        ADD_FAILURE() << provider.error();
        return nullptr;
    }

    std::string served() { return registry().current()->pluginOf("versioned")->info.version; }

    // Publishes what is staged; its changes.
    std::vector<PluginChange> publish(const CandidateGeneration& candidate) {
        EXPECT_THAT(candidate.refused, IsEmpty());
        if (candidate.generation) registry().publish(candidate);
        return candidate.changes;
    }

    PluginsDirectory directory;
    RecordingLog log;
    base::SystemClock clock;
    std::optional<Registry> made;
};

TEST_F(Generations, TheFirstIsMadeOfWhatIsThereAtTheStart) {
    EXPECT_EQ(registry().current()->number(), 1U);
    EXPECT_EQ(registry().current()->plugins().at(0).since, 1U);
    EXPECT_EQ(typeReadBy(*instance()), "version.1.0.0");
}

TEST_F(Generations, ANewFileServesOnceItIsPublishedAndNotBefore) {
    static_cast<void>(registry());
    directory.replace("versioned_2", "versioned.so");
    const auto candidate = registry().stage();
    EXPECT_EQ(served(), "1.0.0");
    EXPECT_THAT(publish(candidate),
                ElementsAre(isChange(PluginChange::Kind::Replaced, "versioned.so", "2.0.0")));
    EXPECT_EQ(registry().current()->number(), 2U);
    EXPECT_EQ(registry().current()->plugins().at(0).since, 2U);
    EXPECT_EQ(typeReadBy(*instance()), "version.2.0.0");
}

TEST_F(Generations, AnInstanceRunsTheCodeItBeganWith) {
    const auto before = instance();
    directory.replace("versioned_2", "versioned.so");
    publish(registry().stage());
    EXPECT_EQ(typeReadBy(*before), "version.1.0.0");
    EXPECT_EQ(typeReadBy(*instance()), "version.2.0.0");
}

TEST_F(Generations, TheSameBytesAreNeverLoadedTwice) {
    static_cast<void>(registry());
    EXPECT_THAT(registry().stage().changes, IsEmpty());
    EXPECT_EQ(registry().librariesMapped(), 1U);
    for (int i = 0; i < 5; ++i)
        for (const auto* const version : {"versioned_2", "versioned_1"}) {
            directory.replace(version, "versioned.so");
            EXPECT_THAT(publish(registry().stage()), SizeIs(1));
        }
    EXPECT_EQ(registry().librariesMapped(), 2U);
    EXPECT_EQ(registry().current()->number(), 11U);
}

TEST_F(Generations, ARenamedFileKeepsItsCode) {
    static_cast<void>(registry());
    std::filesystem::rename(directory.path() / "versioned.so", directory.path() / "other.so");
    EXPECT_THAT(publish(registry().stage()),
                ElementsAre(isChange(PluginChange::Kind::Added, "other.so", "1.0.0"),
                            isChange(PluginChange::Kind::Removed, "versioned.so", "1.0.0")));
    EXPECT_EQ(registry().librariesMapped(), 1U);
}

TEST_F(Generations, OneBadFileRefusesTheWholeAndNothingChanges) {
    static_cast<void>(registry());
    directory.replace("versioned_2", "versioned.so");
    directory.add("simple", "simple.so");
    std::ofstream{directory.path() / "broken.so"} << "half a file";
    const auto candidate = registry().stage();
    EXPECT_EQ(candidate.generation, nullptr);
    EXPECT_THAT(candidate.refused, ElementsAre(isRefused("broken.so", "no ELF shared object")));
    EXPECT_EQ(served(), "1.0.0");
    directory.remove("broken.so");
    EXPECT_THAT(publish(registry().stage()), SizeIs(2));
    EXPECT_EQ(served(), "2.0.0");
}

TEST_F(Generations, ANewcomerThatNamesAProviderWhichServesIsRefusedAndTheOtherStays) {
    static_cast<void>(registry());
    directory.add("versioned_2", "another.so");
    EXPECT_THAT(registry().stage().refused,
                ElementsAre(isRefused("another.so", "'versioned' is named by another.so")));
    EXPECT_EQ(served(), "1.0.0");
}

TEST_F(Generations, TwoNewcomersThatNameOneProviderAreBothRefused) {
    static_cast<void>(registry());
    directory.add("simple", "a.so");
    directory.add("simple", "b.so");
    EXPECT_THAT(registry().stage().refused, SizeIs(2));
}

TEST_F(Generations, AFileThatIsGoneTakesItsProviderAlong) {
    directory.add("simple", "simple.so");
    EXPECT_TRUE(registry().knows("simple"));
    directory.remove("simple.so");
    EXPECT_THAT(publish(registry().stage()),
                ElementsAre(isChange(PluginChange::Kind::Removed, "simple.so", "1.0.0")));
    EXPECT_FALSE(registry().knows("simple"));
    publish(registry().stageRollback("simple"));
    EXPECT_TRUE(registry().knows("simple"));
}

TEST_F(Generations, ARollbackBringsTheVersionBeforeBackAndTheNextOneUndoesIt) {
    static_cast<void>(registry());
    directory.replace("versioned_2", "versioned.so");
    publish(registry().stage());
    EXPECT_THAT(publish(registry().stageRollback("versioned")),
                ElementsAre(isChange(PluginChange::Kind::Replaced, "versioned.so", "1.0.0")));
    EXPECT_EQ(typeReadBy(*instance()), "version.1.0.0");
    EXPECT_EQ(registry().current()->plugins().at(0).since, 3U);
    publish(registry().stageRollback("versioned"));
    EXPECT_EQ(served(), "2.0.0");
    EXPECT_EQ(registry().librariesMapped(), 2U);
}

TEST_F(Generations, AFileThatTookAProviderOverGivesItBack) {
    static_cast<void>(registry());
    directory.remove("versioned.so");
    directory.add("versioned_2", "successor.so");
    publish(registry().stage());
    EXPECT_THAT(publish(registry().stageRollback("versioned")),
                ElementsAre(isChange(PluginChange::Kind::Removed, "successor.so", "2.0.0"),
                            isChange(PluginChange::Kind::Added, "versioned.so", "1.0.0")));
    EXPECT_EQ(served(), "1.0.0");
}

TEST_F(Generations, ThereIsNoWayBackBeforeTheStart) {
    for (const auto* const provider : {"versioned", "initech"})
        EXPECT_THAT(registry().stageRollback(provider).refused,
                    ElementsAre(isRefused(provider, "no earlier version")));
}

} // namespace
} // namespace hookgate::plugin
