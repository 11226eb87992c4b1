#include "core/plugin/check/report.hpp"

#include "core/base/json_writer.hpp"
#include "core/base/text.hpp"
#include "core/plugin/check/catalogue.hpp"

#include <algorithm>
#include <iomanip>
#include <ostream>
#include <string>

namespace hookgate::plugin::check {
namespace {

std::string counted(std::size_t count, const std::string& what) {
    return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
}

// One line whatever the plugin put into it.
std::string inOneLine(std::string_view text) {
    auto line = base::repairUtf8(text);
    for (auto& c : line)
        if (static_cast<unsigned char>(c) < 0x20 || c == '\x7f') c = ' ';
    return line;
}

std::string sentenceOf(const Finding& finding) {
    return inOneLine((finding.where.empty() ? "" : finding.where + ": ") + finding.text);
}

// As the content of an XML element or attribute; XML knows no control characters.
std::string inXml(std::string_view text) {
    std::string xml;
    for (const char c : inOneLine(text)) {
        switch (c) {
            case '<':
                xml += "&lt;";
                break;
            case '>':
                xml += "&gt;";
                break;
            case '&':
                xml += "&amp;";
                break;
            case '"':
                xml += "&quot;";
                break;
            default:
                xml += c;
        }
    }
    return xml;
}

void printText(const CheckReport& report, std::ostream& out) {
    for (const auto& finding : report.findings)
        out << (levelOf(finding.id) == Level::Error ? "FAIL " : "WARN ") << finding.id << ": "
            << sentenceOf(finding) << '\n';
    const auto warnings = static_cast<std::size_t>(std::count_if(
        report.findings.begin(), report.findings.end(),
        [](const Finding& finding) { return levelOf(finding.id) == Level::Warning; }));
    out << (report.passed() ? "ok   " : "FAIL ") << inOneLine(report.file) << ": "
        << counted(report.vectors, "vector") << ", " << counted(report.cases, "case") << ", "
        << counted(report.findings.size() - warnings, "error");
    if (warnings > 0) out << ", " << counted(warnings, "warning");
    if (report.waived > 0) out << ", " << report.waived << " waived";
    if (report.seed != 1) out << ", seed " << report.seed; // which is the usual one
    out << '\n';
}

bool wasRun(const CheckReport& report, std::string_view group) {
    return group == "process" ||
           std::find(report.groups.begin(), report.groups.end(), group) != report.groups.end();
}

void printCase(const CheckReport& report, const CheckInfo& check, std::ostream& out) {
    out << "    <testcase classname=\"" << inXml(report.file) << "\" name=\"" << check.id << '"';
    std::string sentences;
    for (const auto& finding : report.findings)
        if (finding.id == check.id) sentences += inXml(sentenceOf(finding)) + '\n';
    if (sentences.empty()) {
        out << "/>\n";
        return;
    }
    if (check.level == Level::Error)
        out << "><failure message=\"" << inXml(check.text) << "\">" << sentences << "</failure>";
    else
        out << "><system-out>" << sentences << "</system-out>";
    out << "</testcase>\n";
}

std::string seconds(std::chrono::milliseconds time) {
    auto thousandths = std::to_string(time.count() % 1000);
    return std::to_string(time.count() / 1000) + '.' +
           thousandths.insert(0, 3 - thousandths.size(), '0');
}

} // namespace

void printText(std::span<const CheckReport> reports, std::ostream& out) {
    for (const auto& report : reports)
        printText(report, out);
}

void printJson(std::span<const CheckReport> reports, std::ostream& out) {
    base::JsonWriter json;
    const auto number = [&](const char* name, std::size_t value) {
        json.key(name).integer(static_cast<std::int64_t>(value));
    };
    json.beginObject().key("plugins").beginArray();
    for (const auto& report : reports) {
        json.beginObject().key("file").string(report.file);
        json.key("passed").boolean(report.passed());
        number("vectors", report.vectors);
        number("cases", report.cases);
        number("waived", report.waived);
        json.key("seed").string(std::to_string(report.seed)); // too large for many readers
        json.key("tookMs").integer(report.took.count());
        json.key("findings").beginArray();
        for (const auto& finding : report.findings) {
            json.beginObject().key("id").string(finding.id);
            json.key("level").string(nameOf(levelOf(finding.id)));
            json.key("vector").stringOrNull(finding.where);
            json.key("text").string(finding.text).endObject();
        }
        json.endArray().endObject();
    }
    json.endArray().endObject();
    out << json.text() << '\n';
}

void printJunit(std::span<const CheckReport> reports, std::ostream& out) {
    out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
    for (const auto& report : reports) {
        std::size_t tests = 0;
        std::size_t failures = 0;
        for (const auto& check : catalogue()) {
            if (!wasRun(report, groupOf(check.id))) continue;
            ++tests;
            const bool failed = std::any_of(
                report.findings.begin(), report.findings.end(), [&](const Finding& finding) {
                    return finding.id == check.id && check.level == Level::Error;
                });
            if (failed) ++failures;
        }
        out << "  <testsuite name=\"" << inXml(report.file) << "\" tests=\"" << tests
            << "\" failures=\"" << failures << "\" time=\"" << seconds(report.took) << "\">\n";
        for (const auto& check : catalogue())
            if (wasRun(report, groupOf(check.id))) printCase(report, check, out);
        out << "  </testsuite>\n";
    }
    out << "</testsuites>\n";
}

void printCatalogue(std::ostream& out) {
    std::size_t width = 0;
    for (const auto& check : catalogue())
        width = std::max(width, check.id.size());
    for (const auto& check : catalogue())
        out << std::left << std::setw(static_cast<int>(width) + 2) << check.id << std::setw(9)
            << nameOf(check.level) << check.text << '\n';
}

} // namespace hookgate::plugin::check
