#include "core/coordination/memory/expiring_table.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hookgate::coordination::memory {
namespace {

TEST(ExpiringTable, HidesAValueFromTheMomentItExpires) {
    ExpiringTable<int> table{10};
    table.put("a", 1, 100, 0);
    ASSERT_NE(table.find("a", 99), nullptr);
    EXPECT_EQ(*table.find("a", 99), 1);
    EXPECT_EQ(table.find("a", 100), nullptr);
}

TEST(ExpiringTable, NeverHoldsMoreThanItsCapAndDropsTheOldestFirst) {
    ExpiringTable<int> table{3};
    for (int i = 0; i < 10; ++i)
        table.put(std::to_string(i), i, 1000, 0);
    EXPECT_EQ(table.size(), 3U);
    EXPECT_EQ(table.find("6", 0), nullptr);
    EXPECT_NE(table.find("7", 0), nullptr);
    EXPECT_NE(table.find("9", 0), nullptr);
}

TEST(ExpiringTable, CountsWritingAgainAsNew) {
    ExpiringTable<int> table{2};
    table.put("a", 1, 1000, 0);
    table.put("b", 2, 1000, 0);
    table.put("a", 3, 1000, 0);
    table.put("c", 4, 1000, 0);
    ASSERT_NE(table.find("a", 0), nullptr);
    EXPECT_EQ(*table.find("a", 0), 3);
    EXPECT_EQ(table.find("b", 0), nullptr);
}

TEST(ExpiringTable, GivesThePlaceOfAnExpiredValueAway) {
    ExpiringTable<int> table{100};
    for (int i = 0; i < 50; ++i)
        table.put("old" + std::to_string(i), i, 10, 0);
    for (int i = 0; i < 50; ++i)
        table.put("new" + std::to_string(i), i, 1000, 20);
    EXPECT_EQ(table.size(), 50U);
}

TEST(ExpiringTable, ErasesOneNameAndToleratesAnUnknownOne) {
    ExpiringTable<int> table{10};
    table.put("a", 1, 100, 0);
    table.erase("b");
    table.erase("a");
    EXPECT_EQ(table.size(), 0U);
    table.put("c", 1, 100, 0);
    EXPECT_EQ(table.size(), 1U);
}

TEST(ExpiringTable, TellsALongNameFromItsDigest) {
    ExpiringTable<int> table{10};
    const std::string name(1000, 'n');
    const auto digest = base::sha256(name);
    table.put(name, 1, 100, 0);
    const std::string bytes{digest.begin(), digest.end()};
    EXPECT_EQ(table.find(bytes, 0), nullptr);
    EXPECT_EQ(table.find(std::string(1, '\0') + bytes, 0), nullptr);
    ASSERT_NE(table.find(name, 0), nullptr);
}

} // namespace
} // namespace hookgate::coordination::memory
