#include "core/cli/plugin_template.hpp"

#include "tests/support/temporary_directory.hpp"
#include "tests/support/written_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace hookgate::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

using testing_support::TemporaryDirectory;

std::string contentOf(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}

void write(const std::filesystem::path& file, const std::string& text) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream{file, std::ios::binary} << text;
}

class PluginTemplateTest : public ::testing::Test {
protected:
    PluginTemplateTest() {
        write(source_.files / "src/provider.cpp",
              "class YourProvider; // your_provider, x-your-provider-signature, Your Provider");
        write(source_.files / ".gitignore", "/build/\n");
        write(source_.licenses / "mit", "the authors of your_provider");
    }

    std::string make(std::string_view name) { return makePlugin(source_, name, directory_); }

    const TemporaryDirectory root_;
    PluginTemplate source_{.files = root_.path() / "template",
                           .licenses = root_.path() / "licenses",
                           .license = "mit",
                           .prefix = "/opt/hookgate"};
    std::filesystem::path directory_ = root_.path() / "made";
};

TEST(PluginName, IsTheWordInTheUrl) {
    for (const auto* name : {"a", "2checkout", "acme_pay-2", "0", "namespace"})
        EXPECT_THAT(nameProblem(name), IsEmpty()) << name;
    for (const auto* name : {"", "_a", "-a", "Acme", "a.b", "a/b", "../a", "a b", "\xc3\xa4"})
        EXPECT_THAT(nameProblem(name), HasSubstr("at most 63 of a-z")) << name;
    EXPECT_THAT(nameProblem(std::string(63, 'a')), IsEmpty());
    EXPECT_THAT(nameProblem(std::string(64, 'a')), HasSubstr("at most 63"));
}

TEST(PluginName, CannotBeOneThatCMakeHas) {
    EXPECT_THAT(nameProblem("test"), HasSubstr("taken by CMake"));
}

TEST(PluginName, BecomesAClassATitleAndAWordOfAHeader) {
    EXPECT_EQ(classNameOf("acme_pay-2go"), "AcmePay2go");
    EXPECT_EQ(classNameOf("2checkout"), "Provider2checkout");
    EXPECT_EQ(classNameOf("int"), "Int");
    EXPECT_EQ(classNameOf("a__b-"), "AB");
    EXPECT_EQ(titleOf("acme_pay-2go"), "Acme Pay 2go");
    EXPECT_EQ(headerWordOf("acme_pay"), "acme-pay");
}

TEST_F(PluginTemplateTest, PutsTheNameWhereTheTemplatesOwnWas) {
    EXPECT_EQ(make("acme_pay"), "");
    EXPECT_EQ(contentOf(directory_ / "src/provider.cpp"),
              "class AcmePay; // acme_pay, x-acme-pay-signature, Acme Pay");
    EXPECT_EQ(contentOf(directory_ / ".gitignore"), "/build/\n");
    EXPECT_EQ(contentOf(directory_ / "LICENSE"), "the authors of acme_pay");
}

TEST_F(PluginTemplateTest, DoesNotReplaceWithinTheNewName) {
    EXPECT_EQ(make("not-your-provider"), "");
    EXPECT_THAT(contentOf(directory_ / "src/provider.cpp"),
                HasSubstr("x-not-your-provider-signature"));
}

TEST_F(PluginTemplateTest, TakesAnEmptyDirectory) {
    std::filesystem::create_directory(directory_);
    EXPECT_EQ(make("acme"), "");
    EXPECT_TRUE(std::filesystem::exists(directory_ / "src/provider.cpp"));
}

TEST_F(PluginTemplateTest, RefusesADirectoryWithSomethingInIt) {
    write(directory_ / "mine", "precious");
    EXPECT_THAT(make("acme"), HasSubstr("is not empty"));
    EXPECT_FALSE(std::filesystem::exists(directory_ / "src"));
    EXPECT_EQ(contentOf(directory_ / "mine"), "precious");
}

TEST_F(PluginTemplateTest, RefusesAFileInTheWay) {
    write(directory_, "mine");
    EXPECT_THAT(make("acme"), HasSubstr("is no directory"));
}

TEST_F(PluginTemplateTest, NamesTheLicensesWhenThereIsNoSuchOne) {
    source_.license = "../template/.gitignore";
    EXPECT_THAT(make("acme"), HasSubstr("choose one of mit, none"));
    EXPECT_FALSE(std::filesystem::exists(directory_));
}

TEST_F(PluginTemplateTest, LeavesTheLicenseOutWhenToldSo) {
    source_.license = "none";
    EXPECT_EQ(make("acme"), "");
    EXPECT_FALSE(std::filesystem::exists(directory_ / "LICENSE"));
}

TEST_F(PluginTemplateTest, SaysWhereItMissesTheTemplate) {
    source_.files = root_.path() / "nowhere";
    EXPECT_THAT(make("acme"), HasSubstr("no template at " + source_.files.string()));
}

TEST_F(PluginTemplateTest, SaysWhatCannotBeWritten) {
    write(root_.path() / "file", "");
    directory_ = root_.path() / "file/below";
    EXPECT_NE(make("acme"), "");
}

} // namespace
} // namespace hookgate::cli
