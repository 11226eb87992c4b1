#include "core/plugin/probe/probe.hpp"

#include "core/plugin/library.hpp"
#include "core/plugin/provider_in_process.hpp"
#include "core/plugin/registry.hpp"
#include "tests/unit/plugin/loaded_plugin.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace hookgate::plugin {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Probe::Options optionsOf(const std::string& program = HG_HOOKGATE) {
    return {.program = program, .time_limit = std::chrono::seconds{60}};
}

std::string probed(const std::filesystem::path& file, Probe::Options options = optionsOf()) {
    const auto bytes = readPluginFile(file);
    return bytes ? Probe{std::move(options)}(file.filename().string(), *bytes) : bytes.error();
}

std::string probed(const char* test_plugin) {
    return probed(PluginsDirectory::testPlugin(test_plugin));
}

std::size_t openDescriptors() {
    const std::filesystem::directory_iterator all{"/proc/self/fd"};
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

TEST(PluginProbe, PassesPluginsThatDoWhatTheirVectorsSay) {
    for (const auto* const name : {"acme.so", "globex.so", "stripe.so"})
        EXPECT_EQ(probed(std::filesystem::path{HG_PLUGINS_DIR} / name), "") << name;
    EXPECT_EQ(probed("versioned_1"), "");
}

TEST(PluginProbe, PassesAPluginWithoutVectors) {
    EXPECT_EQ(probed("simple"), "");
}

TEST(PluginProbe, RefusesAConstructorThatCrashes) {
    EXPECT_THAT(probed("versioned_crashing"),
                AllOf(HasSubstr("signal 6 (Aborted)"), HasSubstr("while loading")));
}

TEST(PluginProbe, RefusesAConstructorThatNeverReturns) {
    auto options = optionsOf();
    options.cpu_time_limit = std::chrono::seconds{1};
    EXPECT_THAT(probed(PluginsDirectory::testPlugin("versioned_hanging"), options),
                AllOf(HasSubstr("CPU time"), HasSubstr("while loading")));
}

TEST(PluginProbe, EndsAProcessThatDoesNothingForTooLong) {
    auto options = optionsOf("/bin/sh");
    options.arguments = {"-c", "exec sleep 1000"};
    options.time_limit = std::chrono::milliseconds{50};
    EXPECT_THAT(probed(PluginsDirectory::testPlugin("simple"), options),
                AllOf(HasSubstr("not done after 50 ms"), HasSubstr("while starting")));
}

TEST(PluginProbe, RefusesAPluginThatContradictsItsOwnVectors) {
    EXPECT_THAT(probed("versioned_mistaken"),
                AllOf(HasSubstr("'is what version 1 makes of it'"), HasSubstr("version.6.0.0")));
}

TEST(PluginProbe, NamesWhatADescriptorLacks) {
    EXPECT_THAT(probed("null_function"), HasSubstr("no normalize()"));
    EXPECT_THAT(probed("unresolved"), HasSubstr("function_that_nobody_defines"));
}

TEST(PluginProbe, TellsThatThereIsNoProgramToRun) {
    EXPECT_THAT(probed(PluginsDirectory::testPlugin("simple"), optionsOf("/no/such/program")),
                HasSubstr("could not be tried in a process of its own: No such file"));
}

TEST(PluginProbe, TellsThatTheProgramIsNoProbe) {
    EXPECT_THAT(probed(PluginsDirectory::testPlugin("simple"), optionsOf("/bin/false")),
                HasSubstr("ended the process with code 1 while starting"));
}

TEST(PluginProbe, LeavesNoDescriptorOpen) {
    const auto before = openDescriptors();
    static_cast<void>(probed("simple"));
    static_cast<void>(probed("versioned_crashing"));
    EXPECT_EQ(openDescriptors(), before);
}

TEST(PluginProbe, KeepsARegistryFromLoadingWhatItRefuses) {
    const PluginsDirectory directory;
    RecordingLog log;
    const base::SystemClock clock;
    directory.add("versioned_1", "versioned.so");
    Registry registry{{directory.path(), Probe{optionsOf()}}, inProcessInstances(log, clock)};
    EXPECT_THAT(registry.refused(), IsEmpty());
    for (const auto* const bad : {"versioned_crashing", "versioned_mistaken"}) {
        directory.replace(bad, "versioned.so");
        EXPECT_THAT(registry.stage().refused,
                    ElementsAre(Field(&RefusedPlugin::file, "versioned.so")));
    }
    EXPECT_EQ(registry.librariesMapped(), 1U);
    EXPECT_EQ(registry.current()->pluginOf("versioned")->info.version, "1.0.0");
}

} // namespace
} // namespace hookgate::plugin
