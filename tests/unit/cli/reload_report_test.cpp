#include "core/cli/reload_report.hpp"

#include "core/cli/atomic_file.hpp"
#include "tests/support/written_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>

namespace hookgate::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using testing_support::TemporaryDirectory;

struct Told {
    int code = 0;
    std::string out;
    std::string err;
};

Told tell(const base::Result<GatewayAnswer, std::string>& answer) {
    std::ostringstream out;
    std::ostringstream err;
    const int code = tellReport(answer, {out, err});
    return {code, out.str(), err.str()};
}

Told tell(int status, const char* body) {
    return tell(GatewayAnswer{status, nlohmann::json::parse(body)});
}

TEST(ReloadReport, TellsWhatServes) {
    const auto told = tell(200, R"({"success":true,"data":{"generation":4,"dryRun":false,"changes":[
        {"change":"replaced","file":"pay.so","version":"2.0","sha256":"0123456789abcdef"}]}})");
    EXPECT_EQ(told.code, 0);
    EXPECT_EQ(told.out,
              "  pay.so  replaced, version 2.0, sha256 0123456789ab\n"
              "generation 4 serves\n");
}

TEST(ReloadReport, TellsWhatADryRunWouldDo) {
    const auto told = tell(200, R"({"data":{"generation":4,"dryRun":true,"changes":[
        {"change":"added","file":"pay.so","version":"2.0","sha256":"0123456789abcdef"}]}})");
    EXPECT_THAT(told.out, HasSubstr("this would serve; generation 4 still does"));
}

TEST(ReloadReport, TellsThatNothingChanged) {
    EXPECT_EQ(tell(200, R"({"data":{"generation":4,"changes":[]}})").out,
              "nothing changed, generation 4 serves\n");
}

TEST(ReloadReport, TellsEveryReasonOfARefusal) {
    const auto told = tell(409, R"({"error":{"message":"refused","details":{
        "refused":[{"file":"a.so","reason":"bad"}],"problems":["integration x: worse"]}}})");
    EXPECT_EQ(told.code, 1);
    EXPECT_THAT(told.err, AllOf(HasSubstr("hookgate: refused"), HasSubstr("a.so  REFUSED: bad"),
                                HasSubstr("integration x: worse")));
}

TEST(ReloadReport, TellsThatNobodyAnswers) {
    const auto told = tell(base::Error{std::string{"no gateway answers"}});
    EXPECT_EQ(told.code, 1);
    EXPECT_EQ(told.err, "hookgate: no gateway answers\n");
}

TEST(ReloadReport, IsNotConfusedByAnswersOfAnotherShape) {
    for (const auto* const body : {"{}", R"({"data":[]})", R"({"data":{"changes":[1]}})",
                                   R"({"data":{"changes":{},"generation":"x"}})"}) {
        EXPECT_EQ(tell(200, body).code, 1) << body;
        EXPECT_EQ(tell(500, body).code, 1) << body;
    }
}

TEST(GatewayClient, SaysWhatToDoWhenNobodyAnswers) {
    config::Settings settings;
    settings.app_port = 1;
    const GatewayClient client{settings};
    EXPECT_THAT(client.post("/plugins/reload", {}).error(),
                AllOf(HasSubstr("http://127.0.0.1:1"), HasSubstr("start it"),
                      HasSubstr("MANAGEMENT_ADDRESS")));
}

TEST(GatewayClient, SaysThatAnyPortIsNone) {
    config::Settings settings;
    settings.app_port = 0;
    EXPECT_THAT(GatewayClient{settings}.post("/plugins/reload", {}).error(), HasSubstr("APP_PORT"));
}

TEST(GatewayClient, GoesToTheManagementAddressInAFormOneCanConnectTo) {
    config::Settings settings;
    settings.management_port = 1;
    settings.management_host = "0.0.0.0";
    EXPECT_THAT(GatewayClient{settings}.post("/x", {}).error(), HasSubstr("http://127.0.0.1:1 "));
    settings.management_host = "::";
    EXPECT_THAT(GatewayClient{settings}.post("/x", {}).error(), HasSubstr("http://[::1]:1 "));
}

TEST(AtomicFile, ReplacesTheWholeFile) {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "file";
    EXPECT_EQ(replaceFile(path, "a longer first content"), "");
    EXPECT_EQ(replaceFile(path, "second"), "");
    std::ifstream in{path};
    EXPECT_EQ((std::string{std::istreambuf_iterator<char>{in}, {}}), "second");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator{directory.path()}, {}), 1);
}

TEST(AtomicFile, SaysWhyItCannot) {
    const TemporaryDirectory directory;
    EXPECT_THAT(replaceFile(directory.path() / "absent" / "file", "x"),
                AllOf(HasSubstr("cannot be written"), HasSubstr("No such file")));
    std::filesystem::create_directory(directory.path() / "file");
    EXPECT_THAT(replaceFile(directory.path() / "file", "x"), HasSubstr("cannot be written"));
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator{directory.path()}, {}), 1);
}

} // namespace
} // namespace hookgate::cli
