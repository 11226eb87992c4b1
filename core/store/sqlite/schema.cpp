#include "core/store/sqlite/schema.hpp"

#include "core/base/clock.hpp"
#include "core/base/crypto.hpp"

#include <array>
#include <string>

#include <sqlite3.h>

namespace hookgate::store::sqlite {
namespace {

// quick_check reads the whole file: some seconds a gigabyte, too long to start with on a large one.
constexpr std::int64_t kCheckedBytesMax = 256LL * 1024 * 1024;

class Target final : public MigrationTarget {
public:
    explicit Target(Database& database) : database_{database} {}

    std::int64_t version() override { return database_.integer("PRAGMA user_version"); }

    void apply(const Migration& migration) override {
        database_.execute("BEGIN IMMEDIATE");
        try {
            // Another process may have been quicker.
            if (version() < migration.version) applyInTransaction(migration);
            database_.execute("COMMIT");
        } catch (const StoreError&) {
            ::sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
            throw;
        }
    }

private:
    void applyInTransaction(const Migration& migration) {
        if (version() == 0 && database_.integer("SELECT count(*) FROM sqlite_master") > 0)
            throw StoreError{
                "the file is a database, but not one of hookgate's: it has tables and "
                "no schema version",
                false};
        database_.execute(std::string{migration.sql});
        database_.execute("PRAGMA user_version = " + std::to_string(migration.version));
    }

    Database& database_;
};

void giveIdentity(Database& database) {
    std::array<std::uint8_t, 32> key{};
    base::randomBytes(key);
    const std::string dedupe_key{key.begin(), key.end()};
    const base::SystemClock clock;
    const auto id = base::UuidGenerator{clock}.next();
    const std::string installation{id.bytes.begin(), id.bytes.end()};
    Statement insert{
        database,
        "INSERT INTO meta (name, value) VALUES ('dedupe_key', ?), ('installation_id', ?) "
        "ON CONFLICT DO NOTHING"};
    insert.bindBlob(dedupe_key).bindBlob(installation).run();
}

} // namespace

std::vector<Migration> migrate(Database& database) {
    Target target{database};
    auto applied = migrateForward(target, migrations());
    giveIdentity(database);
    return applied;
}

void checkIntegrity(Database& database, const std::string& path) {
    std::string verdict;
    try {
        const auto bytes =
            database.integer("PRAGMA page_count") * database.integer("PRAGMA page_size");
        verdict = bytes <= kCheckedBytesMax ? database.text("PRAGMA quick_check(1)") : "ok";
    } catch (const SqliteError& e) {
        if (!e.isCorrupt()) throw;
        verdict = e.what();
    }
    if (verdict != "ok") throw damaged(path, verdict);
}

StoreError damaged(const std::string& path, const std::string& symptom) {
    return {"the database " + path + " is damaged (" + symptom +
                "); restore it from a backup, or repair a copy with `sqlite3 FILE .recover`",
            false};
}

} // namespace hookgate::store::sqlite
