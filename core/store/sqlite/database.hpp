#pragma once

#include "core/base/uuid.hpp"
#include "core/store/event_store.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace hookgate::store::sqlite {

// What SQLite answered, with its primary result code.
class SqliteError : public StoreError {
public:
    SqliteError(int code, const std::string& what);

    int code() const noexcept { return code_; }

    // The medium refused (full disk, I/O error): the transaction is lost, the database is as it
    // was.
    bool isMedium() const noexcept;
    // The file is damaged or no database.
    bool isCorrupt() const noexcept;

private:
    int code_;
};

// One connection, opened through Poco::Data (which knows the URL forms and owns the handle), with
// its pragmas set. One thread at a time.
class Database {
public:
    enum class Mode { ReadWrite, ReadOnly };

    // Throws SqliteError.
    Database(const std::string& path, Mode mode);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    sqlite3* handle() const noexcept { return handle_; }

    // One or several statements without parameters and results.
    void execute(const std::string& sql);
    std::int64_t integer(const std::string& sql);
    std::string text(const std::string& sql);

private:
    void useWal();

    struct Session;
    std::unique_ptr<Session> session_;
    sqlite3* handle_ = nullptr;
};

// A statement prepared once and run many times. Parameters are bound without a copy: what is bound
// must live until the next reset(). One thread at a time; ends before its database.
class Statement {
public:
    Statement(const Database& database, std::string_view sql);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    // Parameters in order, from the first; each call binds the next.
    Statement& bind(std::int64_t value);
    Statement& bindText(std::string_view value);
    Statement& bindBlob(std::string_view value);
    Statement& bindNull();

    // True: a row is there to be read. Throws SqliteError.
    bool step();
    // step() that expects no row, then reset(). Returns how many rows were changed.
    int run();
    void reset() noexcept;

    std::int64_t integer(int column) const noexcept;
    bool isNull(int column) const noexcept;
    // Bytes of a TEXT or BLOB; ends at the next step() or reset().
    std::string_view bytes(int column) const noexcept;

private:
    void check(int code);

    sqlite3* database_;
    sqlite3_stmt* statement_ = nullptr;
    int next_parameter_ = 1;
};

// Resets a statement however its use ends.
class Use {
public:
    explicit Use(Statement& statement) noexcept : statement_{statement} { statement_.reset(); }

    ~Use() { statement_.reset(); }

    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

    Statement* operator->() const noexcept { return &statement_; }

    Statement& operator*() const noexcept { return statement_; }

private:
    Statement& statement_;
};

// A UUIDv7 as the two integers it is stored as.
struct RowId {
    std::int64_t id = 0;
    std::int64_t rest = 0;

    static RowId of(const base::Uuid& uuid) noexcept;
    base::Uuid uuid() const noexcept;
};

} // namespace hookgate::store::sqlite
