#include "core/store/sqlite/database.hpp"

#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/SQLite/Utility.h>
#include <Poco/Data/Session.h>

#include <chrono>
#include <mutex>
#include <thread>

#include <sqlite3.h>

namespace hookgate::store::sqlite {
namespace {

constexpr int kPrimaryCodeMask = 0xff;
constexpr std::chrono::milliseconds kBusyTimeout{1500};

bool isRetryable(int code) noexcept {
    return code == SQLITE_BUSY || code == SQLITE_LOCKED || code == SQLITE_FULL ||
           code == SQLITE_IOERR || code == SQLITE_NOMEM || code == SQLITE_CANTOPEN ||
           code == SQLITE_INTERRUPT;
}

Poco::Data::Session openSession(const std::string& path) {
    static std::once_flag registered;
    std::call_once(registered, [] { Poco::Data::SQLite::Connector::registerConnector(); });
    try {
        return Poco::Data::Session{Poco::Data::SQLite::Connector::KEY, path};
    } catch (const Poco::Exception& e) {
        throw SqliteError{SQLITE_CANTOPEN, "cannot open " + path + ": " + e.displayText()};
    }
}

// SQLITE_STATIC is a cast in C; this is what it stands for.
constexpr auto kStatic = nullptr;

} // namespace

SqliteError::SqliteError(int code, const std::string& what)
    : StoreError{what, isRetryable(code & kPrimaryCodeMask)},
      code_{code & kPrimaryCodeMask} {}

bool SqliteError::isMedium() const noexcept {
    return code_ == SQLITE_FULL || code_ == SQLITE_IOERR || code_ == SQLITE_READONLY ||
           code_ == SQLITE_CANTOPEN;
}

bool SqliteError::isCorrupt() const noexcept {
    return code_ == SQLITE_CORRUPT || code_ == SQLITE_NOTADB;
}

struct Database::Session {
    explicit Session(const std::string& path) : session{openSession(path)} {}

    Poco::Data::Session session;
};

Database::Database(const std::string& path, Mode mode) : session_{std::make_unique<Session>(path)} {
    handle_ = Poco::Data::SQLite::Utility::dbHandle(session_->session);
    execute("PRAGMA busy_timeout = " + std::to_string(kBusyTimeout.count()));
    if (mode == Mode::ReadOnly) {
        execute("PRAGMA query_only = ON; PRAGMA cache_size = -4096");
        return;
    }
    useWal();
    // A commit is on the disk before it is answered: synchronous=FULL syncs the WAL at each.
    // Checkpoints are made by a thread of their own.
    execute(
        "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; "
        "PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = FAST; "
        "PRAGMA journal_size_limit = 67108864");
}

Database::~Database() = default;

// The change of mode, once in the life of a file, needs it alone and does not use the busy timeout.
void Database::useWal() {
    const auto deadline = std::chrono::steady_clock::now() + kBusyTimeout;
    while (true) {
        try {
            execute("PRAGMA journal_mode = WAL");
            return;
        } catch (const SqliteError& e) {
            if (e.code() != SQLITE_BUSY || std::chrono::steady_clock::now() > deadline) throw;
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
        }
    }
}

void Database::execute(const std::string& sql) {
    char* message = nullptr;
    const auto code = ::sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, &message);
    if (code == SQLITE_OK) return;
    const std::string why = message != nullptr ? message : ::sqlite3_errstr(code);
    ::sqlite3_free(message);
    throw SqliteError{code, why};
}

std::int64_t Database::integer(const std::string& sql) {
    Statement statement{*this, sql};
    return statement.step() ? statement.integer(0) : 0;
}

std::string Database::text(const std::string& sql) {
    Statement statement{*this, sql};
    return statement.step() ? std::string{statement.bytes(0)} : std::string{};
}

Statement::Statement(const Database& database, std::string_view sql)
    : database_{database.handle()} {
    check(::sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()),
                               SQLITE_PREPARE_PERSISTENT, &statement_, nullptr));
}

Statement::~Statement() {
    ::sqlite3_finalize(statement_);
}

void Statement::check(int code) {
    if (code == SQLITE_OK) return;
    const SqliteError error{code, ::sqlite3_errmsg(database_)};
    // The next one to use it starts from its first parameter.
    reset();
    throw error;
}

Statement& Statement::bind(std::int64_t value) {
    check(::sqlite3_bind_int64(statement_, next_parameter_++, value));
    return *this;
}

Statement& Statement::bindText(std::string_view value) {
    check(::sqlite3_bind_text64(statement_, next_parameter_++,
                                value.data() == nullptr ? "" : value.data(), value.size(), kStatic,
                                SQLITE_UTF8));
    return *this;
}

Statement& Statement::bindBlob(std::string_view value) {
    check(::sqlite3_bind_blob64(statement_, next_parameter_++,
                                value.data() == nullptr ? "" : value.data(), value.size(),
                                kStatic));
    return *this;
}

Statement& Statement::bindNull() {
    check(::sqlite3_bind_null(statement_, next_parameter_++));
    return *this;
}

bool Statement::step() {
    const auto code = ::sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    throw SqliteError{code, ::sqlite3_errmsg(database_)};
}

int Statement::run() {
    const auto code = ::sqlite3_step(statement_);
    reset();
    if (code != SQLITE_DONE && code != SQLITE_ROW)
        throw SqliteError{code, ::sqlite3_errmsg(database_)};
    return ::sqlite3_changes(database_);
}

void Statement::reset() noexcept {
    ::sqlite3_reset(statement_);
    next_parameter_ = 1;
}

std::int64_t Statement::integer(int column) const noexcept {
    return ::sqlite3_column_int64(statement_, column);
}

bool Statement::isNull(int column) const noexcept {
    return ::sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::string_view Statement::bytes(int column) const noexcept {
    const auto* data = static_cast<const char*>(::sqlite3_column_blob(statement_, column));
    if (data == nullptr) return {};
    return {data, static_cast<std::size_t>(::sqlite3_column_bytes(statement_, column))};
}

RowId RowId::of(const base::Uuid& uuid) noexcept {
    std::uint64_t rest = 0;
    for (std::size_t i = 8; i < 16; ++i)
        rest = rest << 8 | uuid.bytes[i];
    return {base::UuidGenerator::ordinal(uuid), static_cast<std::int64_t>(rest)};
}

base::Uuid RowId::uuid() const noexcept {
    base::Uuid uuid;
    const auto ms = static_cast<std::uint64_t>(id) >> 12;
    for (std::size_t i = 0; i < 6; ++i)
        uuid.bytes[i] = static_cast<std::uint8_t>(ms >> (8 * (5 - i)));
    uuid.bytes[6] = static_cast<std::uint8_t>(0x70 | ((id >> 8) & 0x0f));
    uuid.bytes[7] = static_cast<std::uint8_t>(id & 0xff);
    auto bits = static_cast<std::uint64_t>(rest);
    for (std::size_t i = 16; i-- > 8; bits >>= 8)
        uuid.bytes[i] = static_cast<std::uint8_t>(bits);
    return uuid;
}

} // namespace hookgate::store::sqlite
