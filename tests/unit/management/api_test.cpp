#include "core/management/api.hpp"

#include "tests/unit/management/fakes.hpp"

#include <gtest/gtest.h>

namespace hookgate::management::test {
namespace {

class ManagementApi : public ::testing::Test {
protected:
    std::unique_ptr<Api> make(bool with_sink) {
        return std::make_unique<Api>(
            Api::Options{.with_delivery_sink = with_sink},
            Api::Collaborators{store_, queries_, directory_, log_, clock_},
            Api::Hooks{.metrics = [] { return std::string{"hookgate_up 1\n"}; }});
    }

    // What a request to `path` is answered through the route it matches; nullopt: no such route.
    std::optional<http::Reply> ask(const http::Router& router, std::string method, std::string path,
                                   std::string body = {}) {
        auto match = router.match(method, path);
        if (match.route == nullptr) return std::nullopt;
        auto request = std::make_unique<http::Request>();
        request->method = std::move(method);
        request->path = std::move(path);
        request->body = std::move(body);
        request->parameters = std::move(match.parameters);
        const auto ticket = ++tickets_;
        match.route->handler->handle(std::move(request), http::Completion{sink_, ticket});
        return sink_->await(ticket);
    }

    FakeStore store_;
    FakeQueries queries_;
    plugin::Directory directory_;
    SilentLog log_;
    FakeClock clock_;
    std::shared_ptr<RecordingSink> sink_ = std::make_shared<RecordingSink>();
    std::uint64_t tickets_ = 0;
};

TEST_F(ManagementApi, KeepsEverythingButThePublicRoutesBehindTheKey) {
    const auto api = make(true);
    http::Router keyed;
    http::Router open;
    api->addKeyedRoutes(keyed);
    api->addPublicRoutes(open);
    const auto id = uuid(7).text();
    for (const auto& path :
         {std::string{"/metrics"}, std::string{"/integrations"}, std::string{"/events"},
          "/events/" + id, "/events/" + id + "/status", "/processing-status/" + id,
          std::string{"/deliveries"}, std::string{"/audit-entries"}}) {
        const auto match = keyed.match("GET", "/api/v1" + path);
        ASSERT_NE(match.route, nullptr) << path;
        EXPECT_EQ(match.route->access, http::Access::Key) << path;
        EXPECT_EQ(open.match("GET", "/api/v1" + path).route, nullptr) << path;
    }
    const auto replay = keyed.match("POST", "/api/v1/events/" + id + "/replay");
    ASSERT_NE(replay.route, nullptr);
    EXPECT_EQ(replay.route->access, http::Access::Key);
    for (const auto* path : {"/health", "/openapi.yaml"}) {
        const auto match = open.match("GET", std::string{"/api/v1"} + path);
        ASSERT_NE(match.route, nullptr) << path;
        EXPECT_EQ(match.route->access, http::Access::Public) << path;
    }
}

TEST_F(ManagementApi, HasTheDeliverySinkOnlyWhereItIsWanted) {
    const auto with = make(true);
    const auto without = make(false);
    http::Router development;
    http::Router production;
    with->addPublicRoutes(development);
    without->addPublicRoutes(production);
    const std::string path = "/api/v1/internal/delivery-sink/pay";
    EXPECT_EQ(ask(development, "POST", path, "{}")->status, 202);
    EXPECT_EQ(ask(development, "POST", path, R"({"simulateFailure":true})")->status, 500);
    const auto match = production.match("POST", path);
    EXPECT_EQ(match.route, nullptr);
    EXPECT_TRUE(match.allow.empty());
}

TEST_F(ManagementApi, AnswersThroughItsRoutes) {
    const auto api = make(false);
    http::Router router;
    api->addPublicRoutes(router);
    api->addKeyedRoutes(router);
    EXPECT_EQ(json(*ask(router, "GET", "/api/v1/health")).at("data").at("status"), "ok");
    EXPECT_EQ(ask(router, "GET", "/api/v1/metrics")->body, "hookgate_up 1\n");
    EXPECT_EQ(json(*ask(router, "GET", "/api/v1/events")).at("meta").at("total"), 0);
    EXPECT_EQ(ask(router, "GET", "/api/v1/events/" + uuid(7).text())->status, 404);
    EXPECT_EQ(ask(router, "GET", "/api/v1/events/" + uuid(7).text() + "/status")->status, 404);
    EXPECT_EQ(ask(router, "GET", "/api/v1/processing-status/x")->status, 400);
    EXPECT_EQ(ask(router, "POST", "/api/v1/events/" + uuid(7).text() + "/replay")->status, 400);
    EXPECT_EQ(ask(router, "GET", "/api/v1/deliveries")->status, 200);
    EXPECT_EQ(ask(router, "GET", "/api/v1/audit-entries")->status, 200);
    EXPECT_EQ(ask(router, "GET", "/api/v1/integrations")->status, 200);
}

TEST_F(ManagementApi, ServesItsOpenApiDocument) {
    const auto api = make(false);
    http::Router router;
    api->addPublicRoutes(router);
    const auto reply = ask(router, "GET", "/api/v1/openapi.yaml");
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->content_type, "application/yaml");
    EXPECT_EQ(reply->body.rfind("openapi: 3.1.0\n", 0), 0U);
    EXPECT_NE(reply->body.find("/processing-status/{id}:"), std::string::npos);
}

} // namespace
} // namespace hookgate::management::test
