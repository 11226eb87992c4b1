#include "core/management/audit_entries.hpp"
#include "core/management/deliveries.hpp"
#include "core/management/events.hpp"
#include "core/management/integrations.hpp"
#include "core/management/page_reply.hpp"
#include "tests/unit/management/fakes.hpp"

#include <gtest/gtest.h>

namespace hookgate::management::test {
namespace {

store::EventDetails someEvent() {
    store::EventDetails details;
    details.event.id = uuid(7);
    details.event.payload = "{}";
    details.event.status = domain::EventStatus::Retrying;
    details.event.processing_attempts = 2;
    details.event.last_error = "HTTP 500";
    details.webhook.id = uuid(8);
    details.attempts.resize(2);
    details.jobs.resize(1);
    return details;
}

TEST(PageMeta, CountsAPartOfAPageAsOne) {
    EXPECT_EQ(pageMeta({1, 20}, 0), R"({"page":1,"pageSize":20,"total":0,"totalPages":0})");
    EXPECT_EQ(pageMeta({2, 20}, 40), R"({"page":2,"pageSize":20,"total":40,"totalPages":2})");
    EXPECT_EQ(pageMeta({9, 20}, 41), R"({"page":9,"pageSize":20,"total":41,"totalPages":3})");
}

TEST(EventList, PassesEveryFilterOn) {
    FakeQueries queries;
    queries.event_page.total = 41;
    queries.event_page.items.resize(1);
    queries.event_page.items.front().payload = "{}";
    RequestBuilder request;
    request.query(
        "page=3&pageSize=20&provider=pay&status=failed&eventType=order.paid&subject=a%25_b"
        "&from=2026-01-01&to=2026-01-02T00:00:00Z&test=true&sortBy=occurredAt&sortOrder=asc");
    const auto reply = Events{queries}.list(request.get());
    ASSERT_EQ(reply.status, 200) << reply.body;
    ASSERT_TRUE(queries.event_filter);
    const auto& filter = *queries.event_filter;
    EXPECT_EQ(filter.provider, "pay");
    EXPECT_EQ(filter.status, domain::EventStatus::Failed);
    EXPECT_EQ(filter.event_type, "order.paid");
    EXPECT_EQ(filter.subject, "a%_b");
    EXPECT_EQ(filter.from, 1'767'225'600'000);
    EXPECT_EQ(filter.to, 1'767'312'000'000);
    EXPECT_EQ(filter.test, true);
    EXPECT_EQ(filter.sort_by, store::EventSort::OccurredAt);
    EXPECT_TRUE(filter.ascending);
    EXPECT_EQ(queries.asked_page.page, 3);
    const auto answer = json(reply);
    EXPECT_EQ(answer.at("success"), true);
    EXPECT_EQ(answer.at("data").size(), 1U);
    EXPECT_EQ(answer.at("meta").dump(), R"({"page":3,"pageSize":20,"total":41,"totalPages":3})");
}

TEST(EventList, IsNewestReceivedFirstByDefault) {
    FakeQueries queries;
    RequestBuilder request;
    EXPECT_EQ(Events{queries}.list(request.get()).status, 200);
    EXPECT_EQ(queries.event_filter->sort_by, store::EventSort::ReceivedAt);
    EXPECT_FALSE(queries.event_filter->ascending);
    EXPECT_EQ(queries.event_filter->status, std::nullopt);
    EXPECT_EQ(queries.event_filter->test, std::nullopt);
}

TEST(EventList, AsksNothingWhenAFilterIsWrong) {
    FakeQueries queries;
    RequestBuilder request;
    request.query("status=done&sortBy=subject&sortOrder=ASC&from=x&test=yes");
    const auto reply = Events{queries}.list(request.get());
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(complaints(reply),
              (std::vector<std::string>{"status", "from", "test", "sortBy", "sortOrder"}));
    EXPECT_FALSE(queries.event_filter);
}

TEST(EventDetails, ShowsEventWebhookAttemptsAndJobs) {
    FakeQueries queries;
    queries.details = someEvent();
    RequestBuilder request;
    request.parameter("id", uuid(7).text());
    const auto reply = Events{queries}.show(request.get());
    ASSERT_EQ(reply.status, 200) << reply.body;
    const auto data = json(reply).at("data");
    EXPECT_EQ(data.at("event").at("id"), uuid(7).text());
    EXPECT_EQ(data.at("webhook").at("id"), uuid(8).text());
    EXPECT_EQ(data.at("deliveryAttempts").size(), 2U);
    EXPECT_EQ(data.at("processingJobs").size(), 1U);
}

TEST(EventStatus, ShowsWhereTheEventStands) {
    FakeQueries queries;
    queries.details = someEvent();
    RequestBuilder request;
    request.parameter("id", uuid(7).text());
    const auto data = json(Events{queries}.status(request.get())).at("data");
    EXPECT_EQ(data.at("eventId"), uuid(7).text());
    EXPECT_EQ(data.at("status"), "retrying");
    EXPECT_EQ(data.at("processingAttempts"), 2);
    EXPECT_EQ(data.at("lastError"), "HTTP 500");
    EXPECT_TRUE(data.at("lastProcessedAt").is_null());
    EXPECT_EQ(data.at("jobs").size(), 1U);
}

TEST(EventDetails, TellsAnUnknownEventFromAnIdThatIsNone) {
    FakeQueries queries;
    queries.details = someEvent();
    RequestBuilder unknown;
    unknown.parameter("id", uuid(9).text());
    EXPECT_EQ(Events{queries}.show(unknown.get()).status, 404);
    EXPECT_EQ(json(Events{queries}.show(unknown.get()))["error"]["code"], "NOT_FOUND");
    for (const auto* id : {"7", "not-a-uuid", "00000000-0000-0000-0000-00000000000g",
                           "{00000000-0000-0000-0000-000000000007}"}) {
        RequestBuilder malformed;
        malformed.parameter("id", id);
        EXPECT_EQ(complaints(Events{queries}.show(malformed.get())),
                  std::vector<std::string>{"id"});
    }
}

TEST(EventDetails, TakesNoQuery) {
    FakeQueries queries;
    queries.details = someEvent();
    RequestBuilder request;
    request.parameter("id", uuid(7).text()).query("verbose=1");
    EXPECT_EQ(complaints(Events{queries}.status(request.get())),
              std::vector<std::string>{"verbose"});
}

TEST(DeliveryList, PassesItsFiltersOn) {
    FakeQueries queries;
    queries.attempt_page = {{{}, {}}, 2};
    RequestBuilder request;
    request.query("status=failed&eventId=" + uuid(7).text());
    const auto reply = Deliveries{queries}.list(request.get());
    ASSERT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(queries.attempt_filter->success, false);
    EXPECT_EQ(queries.attempt_filter->event_id, uuid(7));
    EXPECT_EQ(json(reply).at("data").size(), 2U);

    RequestBuilder wrong;
    wrong.query("status=processed&eventId=7");
    EXPECT_EQ(complaints(Deliveries{queries}.list(wrong.get())),
              (std::vector<std::string>{"status", "eventId"}));
}

TEST(AuditList, PassesItsFiltersOn) {
    FakeQueries queries;
    queries.audit_page = {{{}}, 1};
    RequestBuilder request;
    request.query("entityType=plugin&entityId=pay&action=plugin.loaded&pageSize=5");
    const auto reply = AuditEntries{queries}.list(request.get());
    ASSERT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(queries.audit_filter->entity_type, "plugin");
    EXPECT_EQ(queries.audit_filter->entity_id, "pay");
    EXPECT_EQ(queries.audit_filter->action, "plugin.loaded");
    EXPECT_EQ(queries.asked_page.page_size, 5);
}

class IntegrationList : public ::testing::Test {
protected:
    IntegrationList() {
        add(1, "pay", true);
        add(2, "mail", false);
        add(3, "pay", false);
        auto snapshot = std::make_shared<plugin::Directory::Snapshot>();
        auto active = std::make_shared<plugin::ActiveIntegration>();
        active->callback_url = "http://user:geheim@10.0.0.1/resolved?x=@";
        snapshot->by_id[uuid(1)] = active;
        directory_.publish(snapshot);
    }

    void add(int number, std::string provider, bool active) {
        domain::Integration integration;
        integration.id = uuid(number);
        integration.name = provider + std::to_string(number);
        integration.provider = std::move(provider);
        integration.callback_url.literal = "http://127.0.0.1/literal";
        integration.secrets.push_back({"k1", {"PAY_SECRET", "dev-secret", "", ""}});
        integration.active = active;
        store_.stored_integrations.push_back(std::move(integration));
    }

    http::Reply list(std::string query) {
        RequestBuilder request;
        return Integrations{store_, directory_}.list(request.query(std::move(query)).get());
    }

    std::vector<std::string> names(std::string query) {
        std::vector<std::string> result;
        const auto answer = json(list(std::move(query)));
        for (const auto& item : answer.at("data"))
            result.push_back(item.at("name").get<std::string>());
        return result;
    }

    FakeStore store_;
    plugin::Directory directory_;
};

TEST_F(IntegrationList, IsSortedFilteredAndCutIntoPages) {
    using Names = std::vector<std::string>;
    EXPECT_EQ(names(""), (Names{"mail2", "pay1", "pay3"}));
    EXPECT_EQ(names("provider=pay"), (Names{"pay1", "pay3"}));
    EXPECT_EQ(names("activeOnly=true"), Names{"pay1"});
    EXPECT_EQ(names("activeOnly=false"), (Names{"mail2", "pay1", "pay3"}));
    EXPECT_EQ(names("page=2&pageSize=2"), Names{"pay3"});
    EXPECT_EQ(names("page=1000000000000&pageSize=100"), Names{});
    EXPECT_EQ(json(list("page=2&pageSize=2")).at("meta").at("total"), 3);
    EXPECT_EQ(complaints(list("activeOnly=yes")), std::vector<std::string>{"activeOnly"});
}

TEST_F(IntegrationList, ShowsTheResolvedCallbackAndNoSecret) {
    const auto reply = list("provider=pay");
    const auto data = json(reply).at("data");
    EXPECT_EQ(data.at(0).at("callbackUrl"), "http://***@10.0.0.1/resolved?x=@");
    EXPECT_EQ(data.at(1).at("callbackUrl"), "http://127.0.0.1/literal");
    EXPECT_EQ(reply.body.find("ecret"), std::string::npos);
    EXPECT_EQ(reply.body.find("geheim"), std::string::npos);
}

TEST(WithoutCredentials, HidesUserAndPasswordOnly) {
    EXPECT_EQ(withoutCredentials("http://a:b@c@host/p"), "http://***@host/p");
    EXPECT_EQ(withoutCredentials("http://host/p@q"), "http://host/p@q");
    EXPECT_EQ(withoutCredentials("http://host?m=a@b"), "http://host?m=a@b");
    EXPECT_EQ(withoutCredentials("http://u@host"), "http://***@host");
    EXPECT_EQ(withoutCredentials(""), "");
}

} // namespace
} // namespace hookgate::management::test
