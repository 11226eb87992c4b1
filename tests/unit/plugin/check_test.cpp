#include "core/plugin/check/check.hpp"

#include "core/base/crypto.hpp"
#include "core/base/hex.hpp"
#include "core/base/json_writer.hpp"
#include "tests/unit/plugin/loaded_plugin.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace hookgate::plugin::check {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

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
            if (finding.id != "vectors.none") found.push_back(finding.id);
        return found;
    }

    static std::string hmac(std::string_view key, std::string_view message) {
        return base::toHex(base::hmacSha256(key, message));
    }

    const std::string body_signature = hmac(kSecret, R"({"type":"t","filler":"0123456789"})");

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
        print(report, printed);
        EXPECT_TRUE(report.passed()) << printed.str();
        EXPECT_GE(report.vectors, 10U);
        EXPECT_GT(report.cases, 1000U);
    }
}

TEST_F(PluginCheck, CatchesAVerifierThatAcceptsEverything) {
    const auto report = check("broken_verifiers", "always_true", {{"x-signature", "any"}});
    EXPECT_TRUE(has(ids(report), "verify.no-proof"));
    EXPECT_TRUE(has(ids(report), "verify.body-byte"));
    EXPECT_TRUE(has(ids(report), "verify.other-secret"));
    EXPECT_TRUE(has(ids(report), "verify.no-secret"));
}

TEST_F(PluginCheck, CatchesAVerifierThatComparesAPrefix) {
    const auto report =
        check("broken_verifiers", "prefix_compare", {{"x-signature", body_signature}});
    EXPECT_THAT(ids(report), ::testing::ElementsAre("verify.proof-shorter"));
}

TEST_F(PluginCheck, CatchesAVerifierThatIsContentWithoutASignature) {
    const auto report =
        check("broken_verifiers", "missing_is_fine", {{"x-signature", body_signature}});
    EXPECT_TRUE(has(ids(report), "verify.no-proof"));
}

TEST_F(PluginCheck, CatchesAVerifierThatSignsPartOfTheBody) {
    const auto report =
        check("broken_verifiers", "part_of_body", {{"x-signature", hmac(kSecret, R"({"type":)")}});
    EXPECT_TRUE(has(ids(report), "verify.body-byte"));
    EXPECT_TRUE(has(ids(report), "verify.body-longer"));
}

TEST_F(PluginCheck, CatchesAVerifierThatTakesAnyOfTwoHeaders) {
    const auto report = check("broken_verifiers", "any_of_two", {{"x-signature", body_signature}});
    EXPECT_THAT(ids(report), ::testing::ElementsAre("verify.proof-doubled"));
}

TEST_F(PluginCheck, CatchesAVerifierThatForgetsItsSecret) {
    const auto report =
        check("broken_verifiers", "any_secret",
              {{"x-signature", hmac("built in", R"({"type":"t","filler":"0123456789"})")}});
    EXPECT_TRUE(has(ids(report), "verify.other-secret"));
    EXPECT_TRUE(has(ids(report), "verify.no-secret"));
}

TEST_F(PluginCheck, ReportsACrashAndWhatWasGoingOn) {
    const auto report = check("crasher", "crasher", {{"x-token", std::string{kSecret}}});
    ASSERT_EQ(ids(report).size(), 1U);
    EXPECT_EQ(report.findings.front().id, "crash");
    EXPECT_EQ(report.findings.front().where, "one");
    EXPECT_THAT(report.findings.front().text, HasSubstr("signal 9"));
}

TEST_F(PluginCheck, ReportsAHang) {
    const auto report =
        check("crasher", "crasher", {{"x-token", std::string{kSecret}}}, R"({"hangs":true})");
    ASSERT_EQ(ids(report).size(), 1U);
    EXPECT_EQ(report.findings.front().id, "hang");
}

TEST_F(PluginCheck, ReportsVectorsThatDoNotComeTrue) {
    const auto report = check("broken_verifiers", "any_secret", {{"x-signature", "wrong"}});
    ASSERT_TRUE(has(ids(report), "vector.verdict"));
    std::ostringstream printed;
    print(report, printed);
    EXPECT_THAT(printed.str(), AllOf(HasSubstr("FAIL vector.verdict: one: expected accept"),
                                     HasSubstr("FAIL abi_broken_verifiers.so: 1 vectors")));
}

TEST_F(PluginCheck, DemandsAVectorForEveryProvider) {
    const auto report =
        checkPlugin({.file = PluginsDirectory::testPlugin("simple"), .vectors = {}});
    ASSERT_EQ(report.findings.size(), 1U);
    EXPECT_EQ(report.findings[0].id, "vectors.none");
    EXPECT_EQ(report.findings[0].where, "simple");
}

TEST_F(PluginCheck, ReportsFilesThatDoNotLoad) {
    for (const auto* const plugin :
         {"unresolved", "no_symbol", "null_function", "wrong_manifest"}) {
        const auto report =
            checkPlugin({.file = PluginsDirectory::testPlugin(plugin), .vectors = {}});
        ASSERT_FALSE(report.passed()) << plugin;
        EXPECT_EQ(report.findings.back().id, "load") << plugin;
    }
    const auto report = checkPlugin({.file = "/nowhere/x.so", .vectors = {}});
    EXPECT_EQ(report.findings.at(0).id, "load");
}

} // namespace
} // namespace hookgate::plugin::check
