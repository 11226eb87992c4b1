#include "core/app/plugin_reload.hpp"

#include "core/plugin/measured_provider.hpp"
#include "core/plugin/provider_in_process.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/memory_event_store.hpp"
#include "tests/unit/plugin/loaded_plugin.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace hookgate::app {
namespace {

using plugin::ReloadReport;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::chrono::seconds kPatience{20};

domain::SecretReference secretIn(const std::string& variable) {
    domain::SecretReference secret;
    secret.key_id = "k";
    secret.value.env = variable;
    return secret;
}

domain::Integration integration(const std::string& provider, std::uint8_t number) {
    domain::Integration made;
    made.id.bytes.back() = number;
    made.provider = provider;
    made.name = provider;
    made.callback_url.literal = "http://127.0.0.1:9/";
    made.secrets = {secretIn("TEST_WEBHOOK_SECRET")};
    return made;
}

// Has integrations, and keeps what goes into the audit trail as "action entity actor details".
class AuditedStore final : public test::MemoryEventStore {
public:
    using MemoryEventStore::MemoryEventStore;

    std::vector<domain::Integration> integrations() override { return stored; }

    std::int64_t integrationsVersion() override { return version; }

    void audit(domain::AuditEntry entry) noexcept override {
        const std::lock_guard lock{mutex_};
        trail_.push_back(entry.action + ' ' + entry.entity_id + ' ' + entry.actor + ' ' +
                         entry.details_json);
    }

    std::vector<std::string> trail() const {
        const std::lock_guard lock{mutex_};
        return trail_;
    }

    std::vector<domain::Integration> stored{integration("versioned", 1)};
    std::atomic<std::int64_t> version{1};

private:
    mutable std::mutex mutex_;
    std::vector<std::string> trail_;
};

// A directory with the first version of the plugin.
struct FirstVersion : plugin::PluginsDirectory {
    FirstVersion() { add("versioned_1", "versioned.so"); }
};

class PluginReloadTest : public ::testing::Test {
protected:
    PluginReloadTest() { settings.variables["TEST_WEBHOOK_SECRET"] = "secret-of-the-test"; }

    void SetUp() override { EXPECT_THAT(loader.load(), IsEmpty()); }

    std::string tryFile(std::string_view name, std::string_view) {
        const auto& held = hold;
        if (held.valid()) {
            tried.set_value();
            held.wait();
        }
        return name == refused_file ? "the trial says no" : "";
    }

    // What the code that serves makes of a body.
    std::string typeRead() const {
        const auto snapshot = integrations.snapshot();
        const auto& provider = snapshot->active_by_provider.at("versioned")->provider;
        const auto events = provider->normalize({.method = "POST", .body = R"({"id":"1"})"});
        return events ? events->front().type : events.error().explanation;
    }

    bool becomesGeneration(std::uint64_t number) const {
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        while (registry.current()->number() != number) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            std::this_thread::yield();
        }
        return true;
    }

    FirstVersion directory;
    std::string refused_file;
    std::shared_future<void> hold; // valid: a trial waits for it
    std::promise<void> tried;

    config::Settings settings;
    plugin::RecordingLog log;
    testing_support::ManualClock clock;
    AuditedStore store{clock};
    observability::Metrics metrics;
    plugin::CallFigures figures;
    plugin::Registry registry{
        {.directory = directory.path(),
         .trial = [this](auto name, auto bytes) { return tryFile(name, bytes); }},
        plugin::measuredInstances(plugin::inProcessInstances(log, clock), figures, {})};
    plugin::Directory integrations;
    IntegrationLoader loader{settings, store, registry, integrations, log};
    PluginReload plugins{{registry, figures, loader, store, metrics, log, clock}};
};

TEST_F(PluginReloadTest, GivesIntegrationsTheNewCodeAndTellsTheAuditTrail) {
    const auto before = integrations.snapshot();
    directory.replace("versioned_2", "versioned.so");
    const auto report = plugins.reload(false, "somebody");
    ASSERT_TRUE(report);
    EXPECT_EQ(report->outcome, ReloadReport::Outcome::Published);
    EXPECT_EQ(report->generation, 2U);
    EXPECT_EQ(typeRead(), "version.2.0.0");
    EXPECT_NE(integrations.snapshot(), before);
    EXPECT_THAT(store.trail(), ElementsAre(AllOf(HasSubstr("plugin.reloaded versioned.so somebody"),
                                                 HasSubstr(R"("version":"2.0.0")"))));
    EXPECT_THAT(metrics.exposition({}),
                HasSubstr(R"(hookgate_plugin_reloads_total{outcome="published"} 1)"));
    EXPECT_EQ(plugins.state().last_report->generation, 2U);
}

TEST_F(PluginReloadTest, LeavesWhatIsUnchangedAlone) {
    const auto before = integrations.snapshot()->by_id;
    EXPECT_EQ(plugins.reload(false, "x")->outcome, ReloadReport::Outcome::Unchanged);
    directory.add("simple", "simple.so");
    EXPECT_EQ(plugins.reload(false, "x")->outcome, ReloadReport::Outcome::Published);
    EXPECT_EQ(integrations.snapshot()->by_id, before) << "another plugin's instance was disturbed";
}

TEST_F(PluginReloadTest, PublishesNothingWhenAnInstanceCannotBeMade) {
    const auto before = integrations.snapshot();
    directory.replace("versioned_picky", "versioned.so");
    directory.add("simple", "simple.so");
    const auto report = plugins.reload(false, "x");
    EXPECT_EQ(report->outcome, ReloadReport::Outcome::Refused);
    EXPECT_THAT(report->problems, ElementsAre(AllOf(HasSubstr("integration versioned/versioned"),
                                                    HasSubstr("wants what nobody has"))));
    EXPECT_EQ(integrations.snapshot(), before);
    EXPECT_EQ(registry.current()->number(), 1U);
    EXPECT_FALSE(registry.knows("simple"));
    EXPECT_THAT(store.trail(), ElementsAre(HasSubstr("plugin.refused integrations x")));
    EXPECT_THAT(log.lines(), Contains(HasSubstr("plugin refused")));
}

TEST_F(PluginReloadTest, TellsEveryFileThatIsRefused) {
    directory.replace("versioned_2", "versioned.so");
    refused_file = "versioned.so";
    const auto report = plugins.reload(false, "x");
    ASSERT_EQ(report->refused.size(), 1U);
    EXPECT_EQ(report->refused[0].reason, "the trial says no");
    EXPECT_THAT(store.trail(), ElementsAre(HasSubstr("plugin.refused versioned.so x")));
    EXPECT_EQ(typeRead(), "version.1.0.0");
}

TEST_F(PluginReloadTest, OnlyTriesWhenItIsADryRun) {
    directory.replace("versioned_2", "versioned.so");
    const auto report = plugins.reload(true, "x");
    EXPECT_EQ(report->outcome, ReloadReport::Outcome::Published);
    EXPECT_EQ(report->generation, 1U);
    EXPECT_EQ(typeRead(), "version.1.0.0");
    EXPECT_THAT(store.trail(), IsEmpty());
    EXPECT_FALSE(plugins.state().last_report);
    directory.replace("versioned_picky", "versioned.so");
    EXPECT_EQ(plugins.reload(true, "x")->outcome, ReloadReport::Outcome::Refused);
}

TEST_F(PluginReloadTest, GoesBack) {
    directory.replace("versioned_2", "versioned.so");
    static_cast<void>(plugins.reload(false, "x"));
    const auto report = plugins.rollback("versioned", "x");
    EXPECT_EQ(report->action, ReloadReport::Action::Rollback);
    EXPECT_EQ(typeRead(), "version.1.0.0");
    EXPECT_THAT(store.trail(), Contains(AllOf(HasSubstr("plugin.rolled_back versioned.so"),
                                              HasSubstr(R"("version":"1.0.0")"))));
    EXPECT_EQ(plugins.rollback("initech", "x")->outcome, ReloadReport::Outcome::Refused);
}

TEST_F(PluginReloadTest, KeepsAFileThatAnActiveIntegrationNeeds) {
    directory.remove("versioned.so");
    EXPECT_THAT(plugins.reload(false, "x")->problems,
                ElementsAre(HasSubstr("no plugin would offer the provider versioned")));
    EXPECT_EQ(typeRead(), "version.1.0.0");
    store.stored[0].active = false;
    store.stored[0].updated_at = 1;
    ++store.version;
    loader.refresh();
    EXPECT_EQ(plugins.reload(false, "x")->outcome, ReloadReport::Outcome::Published);
    EXPECT_FALSE(registry.knows("versioned"));
}

TEST_F(PluginReloadTest, AnIntegrationThatIsSeededLaterGetsWhatServesThen) {
    directory.replace("versioned_2", "versioned.so");
    static_cast<void>(plugins.reload(false, "x"));
    store.stored[0].updated_at = 1;
    ++store.version;
    loader.refresh();
    EXPECT_EQ(typeRead(), "version.2.0.0");
}

TEST_F(PluginReloadTest, AnIntegrationThatDidNotWorkBeforeStopsNobody) {
    auto broken = integration("simple", 2);
    broken.secrets = {secretIn("NOT_SET_WEBHOOK_SECRET")};
    store.stored.push_back(broken);
    ++store.version;
    loader.refresh();
    directory.replace("versioned_2", "versioned.so");
    directory.add("simple", "simple.so");
    EXPECT_EQ(plugins.reload(false, "x")->outcome, ReloadReport::Outcome::Published);
    EXPECT_EQ(typeRead(), "version.2.0.0");
}

TEST_F(PluginReloadTest, ReloadsOnAThreadOfItsOwnWhenAsked) {
    directory.replace("versioned_2", "versioned.so");
    plugins.request();
    EXPECT_TRUE(becomesGeneration(2));
}

TEST_F(PluginReloadTest, RefusesAWishWhileAnotherIsUnderWay) {
    std::promise<void> release;
    hold = release.get_future().share();
    directory.replace("versioned_2", "versioned.so");
    auto first = std::async(std::launch::async, [&] { return plugins.reload(false, "first"); });
    tried.get_future().wait();
    EXPECT_FALSE(plugins.reload(false, "second"));
    EXPECT_FALSE(plugins.rollback("versioned", "third"));
    release.set_value();
    EXPECT_EQ(first.get()->outcome, ReloadReport::Outcome::Published);
}

TEST_F(PluginReloadTest, RefusesNewFilesOnceItHasStopped) {
    directory.replace("versioned_2", "versioned.so");
    plugins.stop();
    EXPECT_THAT(plugins.reload(false, "x")->refused[0].reason, HasSubstr("about to stop"));
    EXPECT_EQ(typeRead(), "version.1.0.0");
}

TEST_F(PluginReloadTest, NoRequestNoticesThatPluginsChange) {
    std::atomic<bool> going{true};
    std::atomic<int> wrong{0};
    std::vector<std::jthread> requests;
    for (int i = 0; i < 3; ++i)
        requests.emplace_back([&] {
            while (going) {
                const auto type = typeRead();
                if (type != "version.1.0.0" && type != "version.2.0.0") ++wrong;
            }
        });
    requests.emplace_back([&] {
        while (going) {
            ++store.version;
            loader.refresh();
            static_cast<void>(plugins.state());
        }
    });
    for (int i = 0; i < 20; ++i) {
        directory.replace(i % 2 == 0 ? "versioned_2" : "versioned_1", "versioned.so");
        EXPECT_EQ(plugins.reload(false, "x")->outcome, ReloadReport::Outcome::Published);
    }
    going = false;
    requests.clear();
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(registry.librariesMapped(), 2U);
}

} // namespace
} // namespace hookgate::app
