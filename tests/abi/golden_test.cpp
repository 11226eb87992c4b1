// Plugins that were built with released SDKs (tests/abi/golden), in today's gateway; and today's
// plugins on hosts that are older than they are.
#include "core/base/clock.hpp"
#include "core/base/crypto.hpp"
#include "core/base/hex.hpp"
#include "core/plugin/check/check.hpp"
#include "core/plugin/check/report.hpp"
#include "core/plugin/check/subject.hpp"
#include "core/plugin/library.hpp"
#include "core/plugin/provider_in_process.hpp"
#include "core/plugin/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace hookgate::plugin {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const std::filesystem::path kGolden{HG_GOLDEN_DIR};

TEST(GoldenPlugins, AreTheOnesThatWereReleased) {
    std::ifstream sums{HG_GOLDEN_SUMS};
    std::string sum;
    std::string name;
    std::size_t count = 0;
    while (sums >> sum >> name) {
        ++count;
        const auto bytes =
            readPluginFile(std::filesystem::path{HG_GOLDEN_SUMS}.parent_path() / name);
        ASSERT_TRUE(bytes) << name;
        EXPECT_EQ(base::toHex(base::sha256(*bytes)), sum) << name;
    }
    EXPECT_EQ(count, 2U);
}

TEST(GoldenPlugins, AreServedByTodaysGateway) {
    const base::SystemClock clock;
    const Registry registry{{.directory = kGolden}, inProcessInstances(check::silentLog(), clock)};
    EXPECT_THAT(registry.refused(), IsEmpty());
    std::vector<std::string> providers;
    for (const auto& plugin : registry.plugins()) {
        EXPECT_EQ(plugin.abi, "1.0");
        for (const auto& provider : plugin.providers)
            providers.push_back(provider.name);
    }
    EXPECT_THAT(providers, UnorderedElementsAre("ledger", "ledger_key", "tally"));
    const auto instance = registry.create(
        {.provider = "ledger", .integration = "golden", .secrets = {{"k1", "secret"}}});
    ASSERT_TRUE(instance);
    EXPECT_EQ((*instance)->contract().answerTo(Outcome::Accepted)->body, "[accepted]");
    EXPECT_EQ((*instance)->contract().body_bytes_max, 1'000'000U);
    EXPECT_TRUE((*instance)->acceptsMethod("GET"));
    EXPECT_TRUE((*instance)->isSecretHeader("x-ledger-token"));
}

TEST(GoldenPlugins, DoWhatTheirVectorsSay) {
    for (const auto* const name : {"ledger.so", "tally.so"}) {
        const auto report = check::checkPlugin({.file = kGolden / name});
        std::ostringstream printed;
        check::printText({&report, 1}, printed);
        EXPECT_TRUE(report.passed()) << printed.str();
        EXPECT_GT(report.cases, 1000U);
    }
}

class Deaf final : public check::Listener {
public:
    void began(std::string_view) override {}

    void ran(std::size_t) override {}

    void found(std::string_view, std::string_view, std::string_view text) override {
        ADD_FAILURE() << text;
    }
};

// Calls `use(bench, provider)` with the first vector of one of a file's providers, on a host whose
// table has this length.
template <class Use>
auto on(check::TableLength length, const std::filesystem::path& file, const std::string& name,
        const Use& use) {
    Deaf listener;
    const auto subject = check::readSubject(file, {}, listener);
    const auto plugin = check::load(*subject, listener);
    const auto type =
        std::find_if(plugin->providers.begin(), plugin->providers.end(),
                     [&](const ProviderType& each) { return each.info.name == name; });
    const auto vector =
        std::find_if(subject->vectors.begin(), subject->vectors.end(),
                     [&](const check::Vector& each) { return each.settings.provider == name; });
    const check::Witness witness{*type};
    check::Bench bench{witness.type(), *vector, listener};
    check::Witness::setTableLength(length);
    std::string why;
    const auto provider = bench.instantiate(vector->settings, why);
    EXPECT_TRUE(provider) << why;
    auto result = use(bench, *provider);
    check::Witness::setTableLength(check::TableLength::Whole);
    return result;
}

base::Result<Verdict, CallError> verdictOn(check::TableLength length,
                                           const std::filesystem::path& file) {
    return on(length, file, file.stem(),
              [](check::Bench& bench, const ProviderInProcess& provider) {
                  return bench.verify(provider, bench.vector().request);
              });
}

// The tables of version 1.0, whatever has been added since, end at a page that nobody may touch.
TEST(OlderHost, OfVersionOneIsEnoughForEveryPlugin) {
    for (const auto* const name : {"acme.so", "generic_hmac.so", "github.so", "sendgrid.so",
                                   "standard_webhooks.so", "stripe.so", "twilio.so"}) {
        const auto verdict =
            verdictOn(check::TableLength::Whole, HG_PLUGINS_DIR / std::filesystem::path{name});
        ASSERT_TRUE(verdict) << name << ": " << verdict.error().explanation;
        EXPECT_EQ(verdict->decision, Decision::Accept) << name;
    }
}

TEST(OlderHost, WithNothingOptionalServesAllTheSame) {
    const std::filesystem::path plugins{HG_PLUGINS_DIR};
    for (const auto& file : {plugins / "acme.so", plugins / "sendgrid.so", plugins / "stripe.so",
                             kGolden / "ledger.so", kGolden / "tally.so"}) {
        const auto verdict = verdictOn(check::TableLength::Shortest, file);
        ASSERT_TRUE(verdict) << file << ": " << verdict.error().explanation;
        EXPECT_EQ(verdict->decision, Decision::Accept) << file;
    }
}

TEST(OlderHost, IsToldWhatItLacks) {
    const auto sign = [](check::Bench& bench, const ProviderInProcess& provider) {
        return bench.sign(provider, bench.vector().request);
    };
    const auto made = on(check::TableLength::Shortest, kGolden / "ledger.so", "ledger_key", sign);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().failure, CallFailure::Unsupported);
}

} // namespace
} // namespace hookgate::plugin
