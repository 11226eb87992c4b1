#include "core/store/migrator.hpp"

#include "core/store/event_store.hpp"

#include <gmock/gmock.h>

#include <array>
#include <vector>

namespace hookgate::store {
namespace {

constexpr std::array kMigrations{Migration{1, "first", "1"}, Migration{2, "second", "2"},
                                 Migration{3, "third", "3"}};

class Target final : public MigrationTarget {
public:
    explicit Target(std::int64_t version) : version_{version} {}

    std::int64_t version() override { return version_; }

    void apply(const Migration& migration) override {
        if (migration.version == breaks_at) throw StoreError{"broken", true};
        version_ = migration.version;
        applied.push_back(migration.version);
    }

    std::vector<std::int64_t> applied;
    std::int64_t breaks_at = 0;

private:
    std::int64_t version_;
};

TEST(Migrator, AppliesWhatIsMissingInOrder) {
    Target target{1};
    EXPECT_EQ(migrateForward(target, kMigrations).size(), 2U);
    EXPECT_THAT(target.applied, testing::ElementsAre(2, 3));
}

TEST(Migrator, HasNothingToDoOnACurrentDatabase) {
    Target target{3};
    EXPECT_TRUE(migrateForward(target, kMigrations).empty());
    EXPECT_TRUE(target.applied.empty());
}

TEST(Migrator, GoesOnWhereItWasInterrupted) {
    Target target{0};
    target.breaks_at = 2;
    EXPECT_THROW(migrateForward(target, kMigrations), StoreError);
    target.breaks_at = 0;
    migrateForward(target, kMigrations);
    EXPECT_THAT(target.applied, testing::ElementsAre(1, 2, 3));
}

TEST(Migrator, RefusesADatabaseThatIsNewer) {
    Target target{4};
    EXPECT_THROW(migrateForward(target, kMigrations), StoreError);
    EXPECT_TRUE(target.applied.empty());
}

} // namespace
} // namespace hookgate::store
