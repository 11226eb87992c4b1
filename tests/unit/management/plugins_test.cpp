#include "core/management/plugins.hpp"

#include "tests/unit/management/fakes.hpp"

#include <gtest/gtest.h>

namespace hookgate::management::test {
namespace {

using plugin::ReloadReport;

plugin::ServedPlugin servedPlugin() {
    auto code = std::make_shared<plugin::PluginCode>();
    code->sha256 = std::string(64, 'a');
    code->providers.emplace_back().info.name = "pay";
    plugin::ServedPlugin served{.info = {.file = "pay.so",
                                         .version = "1.2.3",
                                         .abi = "1.0",
                                         .sha256 = code->sha256,
                                         .providers = {}},
                                .code = std::move(code)};
    served.info.providers.push_back({.name = "pay", .title = "Pay"});
    return served;
}

// Remembers what was wished, and answers what the test put in.
class FakePlugins final : public PluginOperations {
public:
    PluginsState state() const override { return current; }

    std::optional<ReloadReport> reload(bool dry_run, const std::string& actor) override {
        wishes.push_back((dry_run ? "try " : "reload ") + actor);
        return report;
    }

    std::optional<ReloadReport> rollback(const std::string& provider,
                                         const std::string& actor) override {
        wishes.push_back(provider + " back " + actor);
        return report;
    }

    PluginsState current{.generation = std::make_shared<plugin::Generation>(
                             7, std::vector<plugin::ServedPlugin>{servedPlugin()}),
                         .libraries_mapped = 3};
    std::optional<ReloadReport> report{ReloadReport{.at = 1'764'000'000'042, .generation = 7}};
    std::vector<std::string> wishes;
};

class ManagedPlugins : public ::testing::Test {
protected:
    http::Reply reload(std::string body, std::string content_type = "application/json") {
        RequestBuilder request;
        request.body(std::move(body));
        if (!content_type.empty()) request.header("content-type", std::move(content_type));
        return plugins_.reload(request.get());
    }

    http::Reply rollback(std::string body) {
        RequestBuilder request;
        return plugins_.rollback(
            request.header("content-type", "application/json").body(std::move(body)).get());
    }

    FakePlugins operations_;
    const Plugins plugins_{operations_, "key-of-the-test"};
};

TEST_F(ManagedPlugins, AreShownWithTheirCalls) {
    const auto calls = std::make_shared<plugin::ProviderCalls>();
    calls->of(plugin::Step::Verify).add(std::chrono::microseconds{100});
    calls->rejections = 1;
    operations_.current.calls.emplace("pay", calls);
    RequestBuilder request;
    const auto reply = plugins_.show(request.get());
    EXPECT_EQ(reply.status, 200);
    const auto data = json(reply).at("data");
    EXPECT_EQ(data.at("generation"), 7);
    EXPECT_EQ(data.at("librariesMapped"), 3);
    EXPECT_TRUE(data.at("lastReport").is_null());
    EXPECT_TRUE(data.at("refused").empty());
    const auto& shown = data.at("plugins").at(0);
    EXPECT_EQ(shown.at("file"), "pay.so");
    EXPECT_EQ(shown.at("version"), "1.2.3");
    EXPECT_EQ(shown.at("state"), "serving");
    EXPECT_EQ(shown.at("generation"), 7);
    const auto& provider = shown.at("providers").at(0);
    EXPECT_EQ(provider.at("calls"), 1);
    EXPECT_EQ(provider.at("rejections"), 1);
    EXPECT_GE(provider.at("steps").at("verify").at("p99Us"), 100);
    EXPECT_LE(provider.at("steps").at("verify").at("p99Us"), 125);
    EXPECT_EQ(provider.at("steps").at("format").at("calls"), 0);
}

TEST_F(ManagedPlugins, AreShownWithoutCallsWhenThereWereNone) {
    RequestBuilder request;
    const auto data = json(plugins_.show(request.get())).at("data");
    EXPECT_EQ(data.at("plugins").at(0).at("providers").at(0).at("calls"), 0);
    EXPECT_EQ(plugins_.show(request.query("page=1").get()).status, 400);
}

TEST_F(ManagedPlugins, ReloadWithOrWithoutABody) {
    EXPECT_EQ(reload("", "").status, 200);
    EXPECT_EQ(reload("{}").status, 200);
    EXPECT_EQ(reload(R"({"dryRun":false})").status, 200);
    EXPECT_EQ(reload(R"({"dryRun":true})").status, 200);
    EXPECT_EQ(operations_.wishes,
              (std::vector<std::string>{"reload key-of-the-test", "reload key-of-the-test",
                                        "reload key-of-the-test", "try key-of-the-test"}));
}

TEST_F(ManagedPlugins, ReadBodiesStrictly) {
    EXPECT_EQ(complaints(reload(R"({"dryRun":1})")), std::vector<std::string>{"dryRun"});
    EXPECT_EQ(complaints(reload(R"({"dryRun":true,"more":1})")), std::vector<std::string>{"more"});
    EXPECT_EQ(complaints(reload(R"({"dryRun":true,"dryRun":false})")),
              std::vector<std::string>{"body"});
    EXPECT_EQ(complaints(rollback("{}")), std::vector<std::string>{"provider"});
    EXPECT_EQ(complaints(rollback(R"({"provider":"Pay"})")), std::vector<std::string>{"provider"});
    EXPECT_EQ(reload("{}", "text/plain").status, 415);
    EXPECT_TRUE(operations_.wishes.empty());
}

TEST_F(ManagedPlugins, AnswerWithTheReport) {
    operations_.report->changes.push_back(
        {plugin::PluginChange::Kind::Replaced, "pay.so", "2.0.0", std::string(64, 'b')});
    operations_.report->outcome = ReloadReport::Outcome::Published;
    const auto reply = rollback(R"({"provider":"pay"})");
    EXPECT_EQ(operations_.wishes, std::vector<std::string>{"pay back key-of-the-test"});
    const auto data = json(reply).at("data");
    EXPECT_EQ(data.at("outcome"), "published");
    EXPECT_EQ(data.at("at"), "2025-11-24T16:00:00.042Z");
    EXPECT_EQ(data.at("changes").at(0).at("change"), "replaced");
}

TEST_F(ManagedPlugins, AnswerARefusalWith409AndTheReasons) {
    operations_.report->outcome = ReloadReport::Outcome::Refused;
    operations_.report->refused.push_back({"bad.so", "it is bad"});
    operations_.report->problems.emplace_back("an integration would not work");
    const auto reply = reload("{}");
    EXPECT_EQ(reply.status, 409);
    const auto details = json(reply).at("error").at("details");
    EXPECT_EQ(details.at("refused").at(0).at("reason"), "it is bad");
    EXPECT_EQ(details.at("problems").at(0), "an integration would not work");
}

TEST_F(ManagedPlugins, AnswerAWishBesideAnotherWith409) {
    operations_.report.reset();
    const auto reply = reload("{}");
    EXPECT_EQ(reply.status, 409);
    EXPECT_TRUE(json(reply).at("error").at("details").empty());
}

} // namespace
} // namespace hookgate::management::test
