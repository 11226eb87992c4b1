#include "core/plugin/isolation/isolated_plugins.hpp"

#include "core/base/crypto.hpp"
#include "core/base/hex.hpp"
#include "core/plugin/isolation/host_pool.hpp"
#include "core/plugin/isolation/questions.hpp"
#include "tests/unit/plugin/loaded_plugin.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>

namespace hookgate::plugin::isolation {
namespace {

using std::chrono::steady_clock;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::string_view kSecret = "secret-of-the-test";
constexpr std::chrono::seconds kPatience{60};

// A directory of plugins, all of them isolated.
class IsolatedPlugins : public ::testing::Test {
protected:
    void add(const std::filesystem::path& file) const {
        std::filesystem::copy_file(file, directory.path() / file.filename());
    }

    void addHostile(const std::string& worst) const {
        add(std::filesystem::path{HG_HOSTILE_DIR} / ("hostile_" + worst + ".so"));
    }

    void addOurs(const std::string& name) const {
        add(std::filesystem::path{HG_PLUGINS_DIR} / (name + ".so"));
    }

    const Registry& load() {
        registry = std::make_unique<Registry>(
            Registry::Options{.directory = directory.path(),
                              .isolated = isolatedLoading(true, {}, options, starter)},
            withIsolation(inProcessInstances(log, clock), options, starter, log, clock));
        return *registry;
    }

    std::shared_ptr<const Provider> create(const std::string& provider) {
        if (!registry)
            for (const auto& refused : load().refused())
                ADD_FAILURE() << refused.file << ": " << refused.reason;
        auto made = registry->create({.provider = provider,
                                      .integration = "test",
                                      .secrets = {{"k1", std::string{kSecret}}}});
        EXPECT_TRUE(made) << made.error();
        return made ? *made : nullptr;
    }

    // Processes that were lost, as it was logged.
    std::ptrdiff_t losses() const {
        const auto lines = log.lines();
        return std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
            return line.find("plugin process lost") != std::string::npos;
        });
    }

    // How long until the provider takes a request again. The promise is a second; a machine that
    // does much else may need longer, so that the figure is told, not judged.
    static std::optional<std::chrono::milliseconds> timeToRecover(const Provider& provider) {
        const auto began = steady_clock::now();
        do {
            if (provider.verify({.headers = {}, .method = "POST", .body = "good"}))
                return std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() -
                                                                             began);
            std::this_thread::yield();
        } while (steady_clock::now() - began < kPatience);
        return std::nullopt;
    }

    IsolationOptions options{.program = HG_PLUGIN_HOST};
    PluginsDirectory directory;
    RecordingLog log;
    base::SystemClock clock;
    Starter starter;
    std::unique_ptr<Registry> registry;
};

std::string signatureOf(std::string_view body) {
    return base::toHex(base::hmacSha256(kSecret, body));
}

std::string acmeBody() {
    return R"({"eventId":"e-1","eventType":"payment.settled","occurredAt":"2026-01-02T03:04:05Z","data":{"id":"a"}})";
}

std::vector<std::string> mappedFiles() {
    std::vector<std::string> lines;
    std::ifstream maps{"/proc/self/maps"};
    for (std::string line; std::getline(maps, line);)
        lines.push_back(line);
    return lines;
}

std::vector<pid_t> processes() {
    std::vector<pid_t> ids;
    for (const auto& task : std::filesystem::directory_iterator{"/proc/self/task"}) {
        std::ifstream file{task.path() / "children"};
        for (pid_t id = 0; file >> id;)
            ids.push_back(id);
    }
    return ids;
}

std::size_t children() {
    return processes().size();
}

// Ended when this returns, and not yet noticed by whoever started it.
void killAll(const std::vector<pid_t>& ids) {
    for (const auto id : ids)
        ASSERT_EQ(::kill(id, SIGKILL), 0);
    for (const auto id : ids) {
        siginfo_t ended{};
        ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(id), &ended, WEXITED | WNOWAIT), 0);
    }
}

TEST_F(IsolatedPlugins, AnswerAsTheyDoInThisProcess) {
    addOurs("acme");
    const auto acme = create("acme");
    ASSERT_TRUE(acme);
    const auto body = acmeBody();
    const auto signature = signatureOf(body);
    const std::vector<HeaderView> headers{{"x-acme-signature", signature}};
    const InboundRequest request{.headers = headers, .method = "POST", .body = body};

    const auto verdict = acme->verify(request);
    ASSERT_TRUE(verdict) << verdict.error().explanation;
    EXPECT_EQ(verdict->decision, Decision::Accept);
    EXPECT_EQ(verdict->key_id, "k1");
    const auto events = acme->normalize(request);
    ASSERT_TRUE(events) << events.error().explanation;
    EXPECT_EQ(events->at(0).external_id, "e-1");
    EXPECT_EQ(events->at(0).type, "payment.settled");

    const auto forged = acme->verify({.headers = headers, .method = "POST", .body = "{}"});
    ASSERT_TRUE(forged);
    EXPECT_EQ(forged->reason, RejectReason::SignatureMismatch);
    const auto unsupported = acme->format({.payload = "{}"});
    ASSERT_FALSE(unsupported);
    EXPECT_EQ(unsupported.error().failure, CallFailure::Unsupported);
}

TEST_F(IsolatedPlugins, FormatInTheirProcessToo) {
    addOurs("globex");
    const auto globex = create("globex");
    ASSERT_TRUE(globex);
    const auto outbound = globex->format({.event_id = "e",
                                          .external_id = "x",
                                          .type = "t",
                                          .subject = "s",
                                          .payload = R"({"resource":{"id":"r"}})"});
    ASSERT_TRUE(outbound) << outbound.error().explanation;
    EXPECT_THAT(outbound->body, Not(IsEmpty()));
    EXPECT_TRUE(globex->isSecretHeader("x-globex-token"));
}

TEST_F(IsolatedPlugins, AreNeverMappedInThisProcess) {
    addOurs("slack");
    ASSERT_TRUE(create("slack"));
    EXPECT_EQ(registry->librariesMapped(), 0U);
    EXPECT_THAT(mappedFiles(), Not(Contains(HasSubstr("hookgate-plugin:slack"))));
    EXPECT_EQ(registry->plugins().at(0).providers.at(0).contract.tolerance,
              std::chrono::minutes{5});
}

TEST_F(IsolatedPlugins, LeaveNoProcessBehind) {
    addOurs("acme");
    ASSERT_TRUE(create("acme"));
    EXPECT_EQ(children(), 0U);
    const auto acme = create("acme");
    EXPECT_EQ(children(), 1U);
}

TEST_F(IsolatedPlugins, AreRefusedWhenTheirConstructorsCrash) {
    add(PluginsDirectory::testPlugin("versioned_crashing"));
    ASSERT_EQ(load().refused().size(), 1U);
    EXPECT_THAT(registry->refused().at(0).reason, HasSubstr("crashed with signal"));
}

TEST_F(IsolatedPlugins, AreRefusedWhenAFunctionIsNull) {
    add(PluginsDirectory::testPlugin("null_function"));
    ASSERT_EQ(load().refused().size(), 1U);
    EXPECT_THAT(registry->refused().at(0).reason, HasSubstr("every provider needs"));
}

TEST_F(IsolatedPlugins, TellWhySettingsAreRefused) {
    addOurs("acme");
    load();
    const auto refused = registry->create({.provider = "acme", .integration = "test"});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error(), HasSubstr("secret"));
}

TEST_F(IsolatedPlugins, RunSeveralCallsAtOnce) {
    options.verify_budget = std::chrono::seconds{10}; // so long they may wait for a process, too
    addOurs("acme");
    const auto acme = create("acme");
    ASSERT_TRUE(acme);
    std::atomic<int> taken = 0;
    {
        std::vector<std::jthread> callers;
        for (int i = 0; i < 4; ++i)
            callers.emplace_back([&] {
                const auto body = acmeBody();
                const auto signature = signatureOf(body);
                const std::vector<HeaderView> headers{{"x-acme-signature", signature}};
                for (int call = 0; call < 100; ++call)
                    if (acme->verify({.headers = headers, .method = "POST", .body = body})) ++taken;
            });
    }
    EXPECT_EQ(taken, 400);
}

TEST_F(IsolatedPlugins, AnswerThoughTheirProcessDiedWhileNobodyCalled) {
    addOurs("acme");
    const auto acme = create("acme");
    ASSERT_TRUE(acme);
    const InboundRequest request{.headers = {}, .method = "POST", .body = "{}"};
    for (int round = 0; round < 3; ++round) {
        const auto before = processes();
        ASSERT_EQ(before.size(), 1U);
        ASSERT_NO_FATAL_FAILURE(killAll(before));
        const auto verdict = acme->verify(request);
        ASSERT_TRUE(verdict) << verdict.error().explanation;
        ASSERT_EQ(processes().size(), 1U);
        EXPECT_NE(processes(), before);
    }
    EXPECT_EQ(losses(), 3);
}

TEST_F(IsolatedPlugins, AnswerThoughAllTheirProcessesDiedWhileNobodyCalled) {
    Writer create{Kind::Create};
    write(create, InstanceSettings{.provider = "acme",
                                   .integration = "test",
                                   .secrets = {{"k1", std::string{kSecret}}}});
    const auto file = std::filesystem::path{HG_PLUGINS_DIR} / "acme.so";
    const HostPool::Options pool_options{
        .program = {.path = HG_PLUGIN_HOST,
                    .plugin = "acme",
                    .code = std::make_shared<const base::FileDescriptor>(
                        ::open(file.c_str(), O_RDONLY | O_CLOEXEC))},
        .create = std::string{create.frame()}};
    const InstanceHost::Identity identity{"acme", "test"};
    const auto pool =
        std::make_shared<HostPool>(pool_options,
                                   std::make_unique<const InstanceHost>(
                                       identity, std::vector<std::string>{}, log, clock, false),
                                   starter, log, identity);
    for (int process = 0; process < 3; ++process) {
        auto first = starter.startAndWait(pool_options.program, pool_options.create);
        ASSERT_TRUE(first) << first.error();
        pool->add(std::move(first->process));
    }
    ASSERT_NO_FATAL_FAILURE(killAll(processes()));
    Writer question{Kind::Verify};
    write(question, InboundRequest{.headers = {}, .method = "POST", .body = "{}"});
    const auto answer =
        pool->ask(question.frame(), 4096,
                  {.cpu_time = options.verify_budget, .time = std::chrono::seconds{10}});
    EXPECT_TRUE(answer) << answer.error().explanation;
    EXPECT_EQ(losses(), 3);
}

TEST_F(IsolatedPlugins, AreNotAskedWhileNoProcessOfThemStarts) {
    const PluginsDirectory elsewhere;
    const auto program = elsewhere.path() / "plugin-host";
    std::filesystem::copy_file(HG_PLUGIN_HOST, program);
    options.program = program;
    addOurs("acme");
    const auto acme = create("acme");
    ASSERT_TRUE(acme);
    std::filesystem::remove(program);
    ASSERT_NO_FATAL_FAILURE(killAll(processes()));
    for (int call = 0; call < 3; ++call) {
        const auto verdict = acme->verify({.headers = {}, .method = "POST", .body = "{}"});
        ASSERT_FALSE(verdict);
        EXPECT_EQ(verdict.error().failure, CallFailure::NotAsked);
    }
    std::filesystem::copy_file(HG_PLUGIN_HOST, program);
    EXPECT_TRUE(timeToRecover(*acme));
}

// What the plugin does at its worst costs that call, and nothing else.
class HostilePlugin : public IsolatedPlugins, public ::testing::WithParamInterface<const char*> {};

TEST_P(HostilePlugin, CostsOneCallAndComesBack) {
    addHostile(GetParam());
    addOurs("acme");
    const auto hostile = create(GetParam());
    const auto good = create("acme");
    ASSERT_TRUE(hostile && good);
    for (int round = 0; round < 3; ++round) {
        const auto began = steady_clock::now();
        const auto verdict =
            hostile->verify({.headers = {}, .method = "POST", .body = "misbehave"});
        EXPECT_LT(steady_clock::now() - began, kPatience);
        ASSERT_FALSE(verdict);
        EXPECT_THAT((std::array{CallFailure::Unavailable, CallFailure::Internal}),
                    Contains(verdict.error().failure))
            << verdict.error().explanation;
        EXPECT_TRUE(good->verify({.headers = {}, .method = "POST", .body = "{}"}));
        const auto took = timeToRecover(*hostile);
        ASSERT_TRUE(took) << verdict.error().explanation;
        std::cout << "back after " << took->count() << " ms\n";
    }
}

// Sanitizers need what the filter of system calls forbids, so that it is not there in their builds.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::array kWorst{
    "aborts",         "changes_signal_handlers", "descriptor_leak", "endless_loop", "exits",
    "keeps_pointers", "lies_about_sizes",        "null_with_size",  "segfault",     "throws"};
#else
constexpr std::array kWorst{"aborts",
                            "changes_signal_handlers",
                            "descriptor_leak",
                            "endless_loop",
                            "exits",
                            "keeps_pointers",
                            "lies_about_sizes",
                            "memory_hog",
                            "null_with_size",
                            "segfault",
                            "starts_threads",
                            "throws"};
#endif

INSTANTIATE_TEST_SUITE_P(EachAtItsWorst, HostilePlugin, ::testing::ValuesIn(kWorst),
                         [](const auto& each) { return std::string{each.param}; });

} // namespace
} // namespace hookgate::plugin::isolation
