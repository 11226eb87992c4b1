#include "core/base/text.hpp"
#include "tests/contract/event_queries_contract.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <thread>

namespace hookgate::store {
namespace {

using domain::EventStatus;
using namespace std::chrono_literals;

constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();

// The list as the contract words it, worked out the slow way.
std::vector<domain::Uuid> expectedOf(std::vector<KnownEvent> known, const EventFilter& filter) {
    std::erase_if(known, [&](const KnownEvent& event) {
        return (filter.provider && *filter.provider != event.spec.provider) ||
               (filter.status && *filter.status != event.status) ||
               (filter.event_type && *filter.event_type != event.spec.type) ||
               (filter.subject &&
                base::toLower(event.spec.subject).find(base::toLower(*filter.subject)) ==
                    std::string::npos) ||
               (filter.from && event.spec.occurred_at < *filter.from) ||
               (filter.to && event.spec.occurred_at > *filter.to) ||
               (filter.test && *filter.test != event.spec.test);
    });
    std::sort(known.begin(), known.end(), [&](const KnownEvent& a, const KnownEvent& b) {
        const auto key = [&](const KnownEvent& event) {
            const std::int64_t first =
                filter.sort_by == EventSort::OccurredAt ? event.spec.occurred_at
                : filter.sort_by == EventSort::Status   ? static_cast<std::int64_t>(event.status)
                                                        : 0;
            return std::pair{first, event.id};
        };
        return filter.ascending ? key(a) < key(b) : key(b) < key(a);
    });
    std::vector<domain::Uuid> ids;
    for (const auto& event : known)
        ids.push_back(event.id);
    return ids;
}

} // namespace

TEST_P(EventQueriesContract, IsEmptyWhenNothingIsStored) {
    const auto page = queries().events({}, {});
    EXPECT_TRUE(page.items.empty());
    EXPECT_EQ(page.total, 0);
    for (int sort = 0; sort < 4; ++sort) {
        EventFilter filter;
        filter.sort_by = static_cast<EventSort>(sort);
        EXPECT_EQ(queries().events(filter, {kHuge, 100}).total, 0);
    }
}

TEST_P(EventQueriesContract, ListsAndCountsTheSameUnderEveryFilterAndOrder) {
    const auto known = ingestMany(60);
    std::vector<EventFilter> filters(1);
    const auto with = [&](auto change) {
        const auto before = filters;
        for (auto filter : before) {
            change(filter);
            filters.push_back(filter);
        }
    };
    with([](EventFilter& filter) { filter.provider = "globex"; });
    with([](EventFilter& filter) { filter.event_type = "order.paid"; });
    with([](EventFilter& filter) { filter.subject = "oRDER-1"; });
    with([](EventFilter& filter) {
        filter.from = 1'700'000'002'000;
        filter.to = 1'700'000'006'000;
    });
    with([](EventFilter& filter) { filter.test = true; });
    const auto without_status = filters;
    for (int status = 0; status < 5; ++status)
        for (auto filter : without_status) {
            filter.status = static_cast<EventStatus>(status);
            filters.push_back(filter);
        }
    ASSERT_EQ(filters.size(), 192U);
    for (auto& filter : filters)
        for (int order = 0; order < 8; ++order) {
            filter.sort_by = static_cast<EventSort>(order / 2);
            filter.ascending = order % 2 == 0;
            const auto page_size = 1 + order * 3;
            ASSERT_EQ(allIds(filter, page_size), expectedOf(known, filter)) << "order " << order;
        }
}

TEST_P(EventQueriesContract, ShowsEachStatusAsTheFilterNamesIt) {
    const auto known = ingestMany(25);
    const auto page = queries().events({}, {1, 100});
    ASSERT_EQ(page.items.size(), known.size());
    for (const auto& row : page.items) {
        const auto event = std::find_if(known.begin(), known.end(),
                                        [&](const KnownEvent& one) { return one.id == row.id; });
        EXPECT_EQ(row.status, event->status);
    }
}

TEST_P(EventQueriesContract, TellsTestEventsFromBusiness) {
    const auto trial = ingest({.test = true});
    const auto business = ingest({});
    EventFilter filter;
    filter.test = true;
    EXPECT_EQ(allIds(filter, 10), std::vector{trial});
    filter.test = false;
    EXPECT_EQ(allIds(filter, 10), std::vector{business});
    for (const auto& row : queries().events({}, {}).items)
        EXPECT_EQ(row.test, row.id == trial);
}

TEST_P(EventQueriesContract, IncludesBothEndsOfATimeRange) {
    const auto id = ingest({.occurred_at = 1000});
    EventFilter filter;
    filter.from = 1000;
    filter.to = 1000;
    EXPECT_EQ(allIds(filter, 10), std::vector{id});
    filter.from = 1001;
    filter.to.reset();
    EXPECT_TRUE(allIds(filter, 10).empty());
    filter.from.reset();
    filter.to = 999;
    EXPECT_TRUE(allIds(filter, 10).empty());
}

TEST_P(EventQueriesContract, FindsTimesBefore1970) {
    const auto early = ingest({.occurred_at = -5000});
    const auto late = ingest({.occurred_at = 5000});
    EventFilter filter;
    filter.to = -1;
    EXPECT_EQ(allIds(filter, 10), std::vector{early});
    filter.to.reset();
    filter.sort_by = EventSort::OccurredAt;
    EXPECT_EQ(allIds(filter, 10), (std::vector{late, early}));
}

TEST_P(EventQueriesContract, TakesWildcardsLiterally) {
    const auto percent = ingest({.subject = "100% sure"});
    const auto underscore = ingest({.subject = "a_b"});
    const auto star = ingest({.subject = "x*y?z[1]\\'\""});
    const auto plain = ingest({.subject = "axb"});
    const auto found = [&](const std::string& subject) {
        EventFilter filter;
        filter.subject = subject;
        return allIds(filter, 10);
    };
    EXPECT_EQ(found("%"), std::vector{percent});
    EXPECT_EQ(found("_"), std::vector{underscore});
    EXPECT_EQ(found("a_b"), std::vector{underscore});
    EXPECT_EQ(found("*"), std::vector{star});
    EXPECT_EQ(found("?"), std::vector{star});
    EXPECT_EQ(found("[1]"), std::vector{star});
    EXPECT_EQ(found("\\"), std::vector{star});
    EXPECT_EQ(found("'"), std::vector{star});
    EXPECT_EQ(found("A"), (std::vector{plain, underscore}));
    EXPECT_TRUE(found("a.b").empty());
    EXPECT_TRUE(found("' OR 1=1 --").empty());
}

TEST_P(EventQueriesContract, IgnoresCaseOfAsciiOnlyInSubjects) {
    const auto id = ingest({.subject = "Gr\xC3\xB6\xC3\x9F"
                                       "e ABC"});
    EventFilter filter;
    filter.subject = "abc";
    EXPECT_EQ(allIds(filter, 10), std::vector{id});
    filter.subject = "GR\xC3\xB6\xC3\x9F";
    EXPECT_EQ(allIds(filter, 10), std::vector{id});
    filter.subject = "gr\xC3\x96\xC3\x9F"; // another letter than the one stored
    EXPECT_TRUE(allIds(filter, 10).empty());
}

TEST_P(EventQueriesContract, ComparesProviderAndTypeExactly) {
    ingest({.type = "order.created"});
    for (const auto* type : {"Order.created", "order.create", "order.created ", "order%", ""}) {
        EventFilter filter;
        filter.event_type = type;
        EXPECT_EQ(queries().events(filter, {}).total, 0) << type;
    }
    for (const auto* provider : {"Acme", "acm", "unknown", ""}) {
        EventFilter filter;
        filter.provider = provider;
        EXPECT_EQ(queries().events(filter, {}).total, 0) << provider;
        filter.status = EventStatus::Processed;
        EXPECT_EQ(queries().events(filter, {}).total, 0) << provider;
        filter.status = EventStatus::Pending;
        EXPECT_EQ(queries().events(filter, {}).total, 0) << provider;
    }
}

TEST_P(EventQueriesContract, AnswersPagesPastTheEndWithTheTotal) {
    for (int i = 0; i < 5; ++i)
        ingest({});
    for (const std::int64_t number : {std::int64_t{4}, std::int64_t{1'000'000}, kHuge / 100, kHuge})
        for (const std::int64_t size : {2, 100}) {
            const auto page = queries().events({}, {number, size});
            EXPECT_TRUE(page.items.empty()) << number;
            EXPECT_EQ(page.total, 5) << number;
        }
}

TEST_P(EventQueriesContract, KeepsPagesStableWhileEventsAreAdded) {
    std::vector<domain::Uuid> ids;
    for (int i = 0; i < 6; ++i)
        ids.push_back(ingest({}));
    EventFilter filter;
    filter.ascending = true;
    const auto before = queries().events(filter, {2, 2});
    ingest({});
    ingest({});
    const auto after = queries().events(filter, {2, 2});
    ASSERT_EQ(before.items.size(), 2U);
    ASSERT_EQ(after.items.size(), 2U);
    EXPECT_EQ(before.items[0].id, ids[2]);
    EXPECT_EQ(after.items[0].id, ids[2]);
    EXPECT_EQ(after.items[1].id, ids[3]);
    EXPECT_EQ(before.total, 6);
    EXPECT_EQ(after.total, 8);
}

TEST_P(EventQueriesContract, CountsNoDuplicates) {
    ingest({.external_id = "evt_same"});
    ingest({.external_id = "evt_same"});
    ingest({.external_id = "evt_same", .body = "another body"});
    EXPECT_EQ(queries().events({}, {}).total, 1);
    EXPECT_EQ(queries().events({}, {}).items.size(), 1U);
}

TEST_P(EventQueriesContract, FollowsRetention) {
    const auto old = ingest({});
    send(old, domain::DeliveryOutcome::Delivered);
    const auto unfinished = ingest({});
    clock().advance(48h); // a backend may keep whole days
    const auto cutoff = clock().unixMs();
    const auto young = ingest({});
    for (int round = 0; round < 20 && store().retain(cutoff) > 0; ++round) {}
    EXPECT_EQ(allIds({}, 1), (std::vector{young, unfinished}));
    EXPECT_FALSE(queries().event(old));
    EventFilter processed;
    processed.status = EventStatus::Processed;
    EXPECT_EQ(queries().events(processed, {}).total, 0);
    EXPECT_EQ(queries().attempts({}, {}).total, 0);
}

TEST_P(EventQueriesContract, GivesUpAtItsTimeLimitAndGoesOn) {
    for (int i = 0; i < 20; ++i)
        ingestTogether(std::vector<EventSpec>(100));
    const auto hurried = harness().queriesWithin(0ms);
    EventFilter filter;
    filter.subject = "is nowhere";
    for (int i = 0; i < 3; ++i)
        EXPECT_THROW(hurried->events(filter, {}), QueryTimeout);
    EXPECT_EQ(queries().events(filter, {}).total, 0);
    EXPECT_EQ(queries().events({}, {}).total, 2000);
}

TEST_P(EventQueriesContract, ReadsTotalAndPageOfOneMomentWhileOthersWrite) {
    std::atomic<bool> done{false};
    std::jthread reader{[&] {
        while (!done) {
            const auto page = queries().events({}, {1, 100});
            EXPECT_EQ(page.total, static_cast<std::int64_t>(page.items.size()));
            const auto trail = queries().auditEntries({}, {1, 1000});
            EXPECT_EQ(trail.total, static_cast<std::int64_t>(trail.items.size()));
        }
    }};
    for (int i = 0; i < 100; ++i)
        ingest({});
    done = true;
}

TEST_P(EventQueriesContract, AnswersManyThreadsAtOnce) {
    const auto known = ingestMany(20);
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 10; ++i) {
                EXPECT_EQ(queries().events({}, {1, 100}).items.size(), known.size());
                EXPECT_TRUE(queries().event(known[static_cast<std::size_t>(i)].id));
            }
        });
}

} // namespace hookgate::store
