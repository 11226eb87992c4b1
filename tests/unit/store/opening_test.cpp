#include "tests/unit/store/store_fixture.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include <unistd.h>

namespace hookgate::store::sqlite {
namespace {

using testing::HasSubstr;

class StoreOpening : public StoreFixture {
protected:
    // Overwrites the file from `from` on, but for the end.
    void overwrite(std::uintmax_t from) {
        std::fstream file{path_, std::ios::in | std::ios::out | std::ios::binary};
        const std::string garbage(std::filesystem::file_size(path_) - from, '\xa5');
        file.seekp(static_cast<std::streamoff>(from));
        file << garbage;
    }
};

TEST_F(StoreOpening, MakesTheDirectoryOfTheDatabase) {
    open();
    EXPECT_TRUE(std::filesystem::exists(path_));
    EXPECT_TRUE(store_->health().writable);
}

TEST_F(StoreOpening, RefusesADatabaseThatAnotherGatewayHoldsAndNamesFileAndHolder) {
    open();
    const auto why = refusal();
    EXPECT_THAT(why, HasSubstr(path_ + "-lock"));
    EXPECT_THAT(why, HasSubstr("process " + std::to_string(::getpid())));
    store_.reset();
    EXPECT_EQ(refusal(), "");
}

TEST_F(StoreOpening, RefusesAFileThatIsNoDatabase) {
    std::filesystem::create_directories(directory_.path() / "data");
    std::ofstream{path_} << std::string(8192, 'x');
    const auto why = refusal();
    EXPECT_THAT(why, HasSubstr(path_ + " is damaged"));
    EXPECT_EQ(std::filesystem::file_size(path_), 8192U);
}

TEST_F(StoreOpening, RefusesADatabaseWithDamagedPages) {
    open();
    for (int i = 0; i < 50; ++i)
        ingest("evt-" + std::to_string(i), 2000);
    store_.reset();
    overwrite(std::filesystem::file_size(path_) / 2);
    EXPECT_THAT(refusal(), HasSubstr(path_ + " is damaged"));
}

TEST_F(StoreOpening, RefusesANewerSchemaAndNamesBothVersions) {
    open();
    store_.reset();
    Database{path_, Database::Mode::ReadWrite}.execute("PRAGMA user_version = 999");
    const auto why = refusal();
    EXPECT_THAT(why, HasSubstr("schema version 999"));
    EXPECT_THAT(why, HasSubstr("knows up to"));
}

TEST_F(StoreOpening, RefusesADatabaseOfSomebodyElse) {
    std::filesystem::create_directories(directory_.path() / "data");
    Database{path_, Database::Mode::ReadWrite}.execute("CREATE TABLE theirs (x)");
    EXPECT_THAT(refusal(), HasSubstr("not one of hookgate's"));
    Database database{path_, Database::Mode::ReadWrite};
    EXPECT_EQ(database.integer("SELECT count(*) FROM sqlite_master"), 1);
}

TEST_F(StoreOpening, FindsEveryAcknowledgedEventInWhatAKilledGatewayLeavesBehind) {
    open();
    for (int i = 0; i < 100; ++i)
        ASSERT_TRUE(ingest("evt-" + std::to_string(i)).durable);
    const auto copy = directory_.path() / "copy";
    std::filesystem::create_directories(copy);
    for (const auto* end : {"", "-wal"})
        std::filesystem::copy_file(path_ + end, copy / ("hookgate.db" + std::string{end}));
    store_.reset();
    path_ = copy / "hookgate.db";
    open();
    for (int i = 0; i < 100; ++i)
        EXPECT_TRUE(ingest("evt-" + std::to_string(i)).events.at(0).duplicate) << i;
}

TEST_F(StoreOpening, BeginsAnotherLifeOfTheDatabase) {
    open();
    const auto first = store_->incarnation();
    EXPECT_FALSE(first.isNil());
    EXPECT_EQ(ingest("a").incarnation, first);
    store_.reset();
    open();
    EXPECT_NE(store_->incarnation(), first);
}

TEST_F(StoreOpening, MakesIdsAboveAllThatAreStored) {
    open();
    store_.reset();
    const auto far = (clock_.unixMs() + 1'000'000) << 12;
    Database{path_, Database::Mode::ReadWrite}.execute(
        "INSERT INTO audit VALUES (" + std::to_string(far) + ", 0, '', '', '', '', '{}', 0)");
    open();
    EXPECT_GT(base::UuidGenerator::ordinal(ids_.next()), far);
}

TEST_F(StoreOpening, IsSeededByAnotherProcessWhileItRuns) {
    open();
    const auto version = store_->integrationsVersion();
    domain::Integration globex;
    globex.provider = "globex";
    globex.name = "globex";
    EXPECT_EQ(seedIntegrations(path_, std::array{globex}, ids_, clock_).size(), 2U);
    EXPECT_NE(store_->integrationsVersion(), version);
    const auto stored = store_->integrations();
    ASSERT_EQ(stored.size(), 2U);
    auto sent = webhook("evt-1");
    sent.integration_id = stored[1].id;
    EXPECT_TRUE(submit(std::move(sent)).get().durable);
}

TEST_F(StoreOpening, MigratesOnceHoweverManyTryAtATime) {
    for (int database = 0; database < 20; ++database) {
        const auto path = path_ + std::to_string(database);
        std::vector<std::future<std::vector<Migration>>> migrated;
        for (int i = 0; i < 4; ++i)
            migrated.push_back(std::async(std::launch::async, migrateDatabase, path));
        for (auto& one : migrated)
            EXPECT_NO_THROW(one.get());
        EXPECT_TRUE(migrateDatabase(path).empty());
    }
}

} // namespace
} // namespace hookgate::store::sqlite
