#include "core/plugin/check/check.hpp"

#include "core/base/json_writer.hpp"
#include "core/plugin/check/report.hpp"
#include "tests/unit/plugin/loaded_plugin.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace hookgate::plugin::check {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;

constexpr std::string_view kSecret = "secret-of-the-vector";

class PluginCheck : public ::testing::Test {
protected:
    // The report on one provider of tests/abi, given one request that it accepts.
    CheckReport check(const std::string& plugin, const std::string& provider,
                      const std::vector<std::pair<std::string, std::string>>& headers,
                      const std::string& settings = "{}") {
        const std::string body = R"({"type":"t","filler":"0123456789"})";
        base::JsonWriter json;
        json.beginObject().key("name").string("one").key("provider").string(provider);
        json.key("settings").raw(settings);
        json.key("secrets").beginArray().beginObject();
        json.key("value").string(kSecret).endObject().endArray();
        json.key("request").beginObject().key("headers").beginArray();
        for (const auto& [name, value] : headers)
            json.beginArray().string(name).string(value).endArray();
        json.endArray().key("body").string(body).endObject();
        json.key("expect").beginObject().key("verdict").string("accept").endObject().endObject();
        const auto vectors = directory_.path() / (provider + ".json");
        std::ofstream{vectors} << json.text();
        return checkPlugin({.file = PluginsDirectory::testPlugin(plugin),
                            .vectors = vectors,
                            .time_limit = std::chrono::seconds{settings == "{}" ? 60 : 1}});
    }

    // Whether something was found about this vector beside that other providers of the file lack
    // one.
    static std::vector<std::string> ids(const CheckReport& report) {
        std::vector<std::string> found;
        for (const auto& finding : report.findings)
            if (finding.id != "vector.none") found.push_back(finding.id);
        return found;
    }

private:
    PluginsDirectory directory_;
};

bool has(const std::vector<std::string>& ids, const std::string& id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
}

TEST_F(PluginCheck, PassesTheBundledPluginsWithTheirOwnVectors) {
    for (const auto* const name : {"acme.so", "globex.so"}) {
        const auto report =
            checkPlugin({.file = std::filesystem::path{HG_PLUGINS_DIR} / name, .vectors = {}});
        std::ostringstream printed;
        printText({&report, 1}, printed);
        EXPECT_TRUE(report.passed()) << printed.str();
        EXPECT_GE(report.vectors, 10U);
        EXPECT_GT(report.cases, 1000U);
    }
}

TEST_F(PluginCheck, ReportsACrashAndWhatWasGoingOn) {
    const auto report = check("crasher", "crasher", {{"x-token", std::string{kSecret}}});
    EXPECT_THAT(report.findings, Contains(AllOf(Field(&Finding::id, "process.crash"),
                                                Field(&Finding::where, "normalize: one"),
                                                Field(&Finding::text, HasSubstr("signal 9")))));
}

TEST_F(PluginCheck, ReportsAHang) {
    const auto report =
        check("crasher", "crasher", {{"x-token", std::string{kSecret}}}, R"({"hangs":true})");
    EXPECT_THAT(ids(report), Contains("process.hang"));
}

TEST_F(PluginCheck, GivesConstructorsThatHangALimitOfTheirOwn) {
    for (const CheckNames& only : {CheckNames{}, CheckNames{"verify"}}) {
        const auto report = checkPlugin({.file = PluginsDirectory::testPlugin("versioned_hanging"),
                                         .only = only,
                                         .time_limit = std::chrono::hours{1},
                                         .load_time_limit = std::chrono::seconds{1}});
        EXPECT_THAT(report.findings,
                    Contains(AllOf(Field(&Finding::id, "load.hang"),
                                   Field(&Finding::text, HasSubstr("within 1 s")))));
        EXPECT_FALSE(report.passed());
        EXPECT_THAT(report.groups, ::testing::ElementsAre("static", "load"));
    }
}

TEST_F(PluginCheck, ReportsThatTheCodeDoesNotLoadWhateverWasAskedFor) {
    const auto report =
        checkPlugin({.file = PluginsDirectory::testPlugin("null_function"), .only = {"verify"}});
    EXPECT_THAT(ids(report), Contains("load.refused"));
}

TEST_F(PluginCheck, ReportsVectorsThatDoNotComeTrue) {
    const auto report = check("crasher", "crasher", {{"x-token", "wrong"}});
    ASSERT_TRUE(has(ids(report), "vector.verdict"));
    std::ostringstream printed;
    printText({&report, 1}, printed);
    EXPECT_THAT(printed.str(), AllOf(HasSubstr("FAIL vector.verdict: one: expected accept"),
                                     HasSubstr("FAIL abi_crasher.so: 1 vector,")));
}

TEST_F(PluginCheck, DemandsAVectorForEveryProvider) {
    const auto report =
        checkPlugin({.file = PluginsDirectory::testPlugin("simple"), .vectors = {}});
    // A sanitizer's library is told besides.
    EXPECT_THAT(report.findings, Contains(AllOf(Field(&Finding::id, "vector.none"),
                                                Field(&Finding::where, "simple"))));
    EXPECT_FALSE(report.passed());
}

TEST_F(PluginCheck, ReportsFilesThatDoNotLoad) {
    for (const auto* const plugin :
         {"unresolved", "no_symbol", "null_function", "wrong_manifest"}) {
        const auto report =
            checkPlugin({.file = PluginsDirectory::testPlugin(plugin), .vectors = {}});
        ASSERT_FALSE(report.passed()) << plugin;
        EXPECT_THAT(report.findings.back().id, ::testing::EndsWith(".refused")) << plugin;
    }
    const auto report = checkPlugin({.file = "/nowhere/x.so", .vectors = {}});
    EXPECT_EQ(report.findings.at(0).id, "static.refused");
}

} // namespace
} // namespace hookgate::plugin::check
