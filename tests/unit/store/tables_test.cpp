#include "tests/unit/store/store_fixture.hpp"

#include <string>

#include <sqlite3.h>

namespace hookgate::store::sqlite {
namespace {

class StoreTables : public StoreFixture {
protected:
    // What the database says to a statement; empty: nothing against it.
    std::string answer(const std::string& sql) {
        try {
            Database{path_, Database::Mode::ReadWrite}.execute(sql);
        } catch (const SqliteError& e) {
            return e.what();
        }
        return {};
    }

    std::size_t retainAll() {
        // Past all ids there are, even when an earlier test has moved them ahead of the clock.
        const auto cutoff = (base::UuidGenerator::ordinal(ids_.next()) >> 12) + 1;
        std::size_t rows = 0;
        for (auto step = store_->retain(cutoff); step > 0; step = store_->retain(cutoff))
            rows += step;
        return rows;
    }
};

TEST_F(StoreTables, RefuseToChangeWhatIsAppendOnly) {
    open();
    ingest("evt-1");
    store_->finish(delivered(claimOne()));
    store_->flush();
    for (const std::string table : {"audit", "webhook", "event", "attempt"}) {
        EXPECT_EQ(answer("UPDATE " + table + " SET rest = 0"), table + " is append-only");
        EXPECT_EQ(answer("DELETE FROM " + table), table + " is append-only");
    }
    EXPECT_EQ(answer("INSERT OR REPLACE INTO audit SELECT * FROM audit LIMIT 1"),
              "audit is append-only");
}

TEST_F(StoreTables, LetRetentionDeleteBelowItsRecordedCutoffOnly) {
    open();
    ingest("evt-1");
    store_->finish(delivered(claimOne()));
    store_->flush();
    EXPECT_GT(retainAll(), 0U);
    Database database{path_, Database::Mode::ReadOnly};
    for (const std::string table :
         {"audit", "webhook", "event", "attempt", "dedupe", "work", "replay_request"})
        EXPECT_EQ(database.integer("SELECT count(*) FROM " + table), 0) << table;
    EXPECT_EQ(database.integer("SELECT count(*) FROM counter WHERE value <> 0"), 0);
}

TEST_F(StoreTables, KeepTwoKeysApartThatShareTheirFirstBytes) {
    open();
    const auto first = ingest("evt-1").events.at(0).id;
    // As if that had been another key's.
    ASSERT_EQ(answer("UPDATE dedupe SET \"check\" = \"check\" + 1"), "");
    const auto second = ingest("evt-1").events.at(0);
    EXPECT_FALSE(second.duplicate);
    EXPECT_NE(second.id, first);
    const auto again = ingest("evt-1").events.at(0);
    EXPECT_TRUE(again.duplicate);
    EXPECT_EQ(again.id, second.id);
}

TEST_F(StoreTables, FindAKeyThatWasMovedPastOneThatRetentionDeleted) {
    open();
    ingest("evt-1");
    ASSERT_EQ(answer("UPDATE dedupe SET \"check\" = \"check\" + 1"), "");
    store_->finish(delivered(claimOne()));
    const auto second = ingest("evt-1").events.at(0).id; // unfinished: it stays
    store_->flush();
    EXPECT_GT(retainAll(), 0U);
    const auto again = ingest("evt-1").events.at(0);
    EXPECT_TRUE(again.duplicate);
    EXPECT_EQ(again.id, second);
}

TEST_F(StoreTables, StartAStatementFromItsFirstParameterAfterARefusedOne) {
    open();
    Database database{path_, Database::Mode::ReadWrite};
    database.execute("CREATE TEMP TABLE t (a, b)");
    Statement insert{database, "INSERT INTO t VALUES (?, ?)"};
    ::sqlite3_limit(database.handle(), SQLITE_LIMIT_LENGTH, 1000);
    EXPECT_THROW(insert.bind(1).bindBlob(std::string(2000, 'x')), SqliteError);
    insert.bind(7).bindBlob("ok").run();
    EXPECT_EQ(database.integer("SELECT a FROM t"), 7);
}

TEST_F(StoreTables, RebuildAnIdFromItsTwoIntegers) {
    for (int i = 0; i < 100; ++i) {
        const auto id = ids_.next();
        EXPECT_EQ(RowId::of(id).uuid(), id);
    }
}

} // namespace
} // namespace hookgate::store::sqlite
