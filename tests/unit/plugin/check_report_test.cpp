#include "core/plugin/check/catalogue.hpp"
#include "core/plugin/check/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

namespace hookgate::plugin::check {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::array<CheckReport, 2> kReports{
    CheckReport{.file = "good.so", .groups = {"static", "verify"}, .vectors = 2, .cases = 70},
    CheckReport{.file = "bad.so",
                .groups = {"static", "verify"},
                .vectors = 1,
                .cases = 9,
                .waived = 1,
                .findings = {{"verify.stale", "a <vector>\nof two lines", "accepts \"it\" & more"},
                             {"static.impure", "", "uses time"}},
                .took = std::chrono::milliseconds{1007}}};

template <class Print>
std::string printed(const Print& print) {
    std::ostringstream out;
    print(kReports, out);
    return out.str();
}

TEST(CheckReport, SaysInTextWhatFailedAndWhatIsOnlyAWarning) {
    EXPECT_EQ(printed(printText),
              "ok   good.so: 2 vectors, 70 cases, 0 errors\n"
              "FAIL verify.stale: a <vector> of two lines: accepts \"it\" & more\n"
              "WARN static.impure: uses time\n"
              "FAIL bad.so: 1 vector, 9 cases, 1 error, 1 warning, 1 waived\n");
}

TEST(CheckReport, EscapesWhatAPluginPutIntoJson) {
    EXPECT_THAT(printed(printJson),
                AllOf(HasSubstr(R"({"file":"good.so","passed":true,"vectors":2,"cases":70,)"
                                R"("waived":0,"seed":"1","tookMs":0,"findings":[]})"),
                      HasSubstr(R"("id":"verify.stale","level":"error",)"
                                R"("vector":"a <vector>\nof two lines",)"
                                R"("text":"accepts \"it\" & more")"),
                      HasSubstr(R"("id":"static.impure","level":"warning","vector":null)")));
}

TEST(CheckReport, HasACaseForEachCheckThatWasRunInJunit) {
    const auto xml = printed(printJunit);
    EXPECT_THAT(xml, AllOf(StartsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>"),
                           EndsWith("</testsuites>\n"), HasSubstr("failures=\"1\" time=\"1.007\""),
                           HasSubstr("a &lt;vector&gt; of two lines: accepts &quot;it&quot; &amp; "
                                     "more"),
                           HasSubstr("<testcase classname=\"good.so\" name=\"verify.stale\"/>"),
                           Not(HasSubstr("lifecycle."))));
}

TEST(CheckReport, PassesWithWarningsAlone) {
    CheckReport report{.findings = {{"static.impure", "", "uses time"}}};
    EXPECT_TRUE(report.passed());
    report.findings.push_back({"load.umask", "", "changes the umask"});
    EXPECT_FALSE(report.passed());
    EXPECT_TRUE(report.passed("static"));
    EXPECT_FALSE(report.passed("load"));
}

TEST(CheckCatalogue, NamesEachCheckOnce) {
    std::set<std::string_view> ids;
    for (const auto& check : catalogue())
        EXPECT_TRUE(ids.insert(check.id).second) << check.id;
    EXPECT_EQ(levelOf("no.such"), Level::Error);
}

TEST(CheckCatalogue, IsWhatTheDocumentationSays) {
    std::ifstream in{HG_SOURCE_DIR "/sdk/docs/plugin-check.md"};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    for (const auto& check : catalogue())
        EXPECT_THAT(text, HasSubstr("| `" + std::string{check.id} + "` | " +
                                    std::string{nameOf(check.level)} + " | " +
                                    std::string{check.text} + " |"));
}

} // namespace
} // namespace hookgate::plugin::check
