#pragma once

#include "core/pipeline/intake.hpp"
#include "tests/unit/pipeline/fakes.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace hookgate::pipeline {

// An intake between a provider, a store and a coordinator that do as the test says.
class IntakeTest : public testing::Test {
protected:
    IntakeTest() {
        integration->record.id = ids.next();
        integration->record.provider = "shop";
        integration->provider = provider;
        publish();
    }

    void publish() {
        auto snapshot = std::make_shared<plugin::Directory::Snapshot>();
        snapshot->active_by_provider.emplace("shop", integration);
        directory.publish(snapshot);
    }

    std::unique_ptr<http::Request> request(std::string body = "{}") {
        auto made = std::make_unique<http::Request>();
        made->method = "POST";
        made->target = "/api/v1/webhooks/shop";
        made->path = made->target;
        made->host = "gate.example";
        made->peer_address = "203.0.113.9";
        made->body = std::move(body);
        made->received_at = 1'700'000'000'000;
        made->headers = {{"x-token", "s3cret"}, {"authorization", "Bearer abc"}, {"x-plain", "ok"}};
        made->parameters.emplace_back("provider", "shop");
        return made;
    }

    Intake intakeUnderTest() {
        return Intake{
            ClientAddress{{}},
            Admission{directory, coordinator, 10},
            store,
            {hand_over, metrics, log, ids, Markers{coordinator, std::chrono::seconds{60}}},
            [this](const Received&, const Refusal& refusal) {
                sampled.emplace_back(refusal.reason);
                return true;
            }};
    }

    http::Reply accept(std::unique_ptr<http::Request> made) {
        sink = std::make_shared<RecordingSink>();
        std::array arrivals{Intake::Arrival{std::move(made), http::Completion{sink, 1}}};
        intakeUnderTest().accept(arrivals);
        const auto replies = sink->replies();
        EXPECT_EQ(replies.size(), 1U);
        return replies.empty() ? http::Reply{} : replies.back().second;
    }

    static std::string header(const http::Reply& reply, std::string_view name) {
        for (const auto& [key, value] : reply.headers)
            if (key == name) return value;
        return {};
    }

    base::SystemClock clock;
    base::UuidGenerator ids{clock};
    plugin::Directory directory;
    ScriptedCoordinator coordinator;
    ScriptedStore store;
    RecordingHandOver hand_over;
    observability::Metrics metrics;
    SilentLog log;
    std::shared_ptr<RecordingSink> sink = std::make_shared<RecordingSink>();
    std::shared_ptr<ScriptedProvider> provider = std::make_shared<ScriptedProvider>();
    std::shared_ptr<plugin::ActiveIntegration> integration =
        std::make_shared<plugin::ActiveIntegration>();
    std::vector<std::string> sampled;
};

} // namespace hookgate::pipeline
