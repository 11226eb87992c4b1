#include "core/store/postgresql/connection.hpp"

#include "core/store/postgresql/connect_settings.hpp"

#include <array>
#include <cerrno>
#include <utility>

#include <libpq-fe.h>
#include <poll.h>

namespace hookgate::store::postgresql {
namespace {

constexpr int kBinary = 1;
constexpr int kUnaskedReadsMax = 16;

std::string firstLine(std::string_view text) {
    const auto end = text.find('\n');
    return std::string{text.substr(0, end)};
}

void noteWarning(void* warned, const PGresult* notice) {
    const auto* severity = ::PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (severity != nullptr && std::string_view{severity} == "WARNING")
        *static_cast<bool*>(warned) = true;
}

std::string_view fieldOf(const PGresult* result, int field) noexcept {
    const auto* text = ::PQresultErrorField(result, field);
    return text == nullptr ? std::string_view{} : text;
}

} // namespace

void Connection::Finish::operator()(pg_conn* connection) const noexcept {
    ::PQfinish(connection);
}

Connection::Connection(const ConnectOptions& options)
    : connect_timeout_{options.connect_timeout},
      timeout_{options.statement_timeout},
      grace_{options.grace} {
    const auto candidates = connectSettings(options);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        try {
            connect(candidates[i]);
            prepareSession(options);
            return;
        } catch (const DatabaseError&) {
            connection_.reset();
            if (i + 1 == candidates.size()) throw;
        }
    }
}

Connection::~Connection() = default;

void Connection::connect(std::vector<Setting> settings) {
    std::vector<const char*> keywords;
    std::vector<const char*> values;
    for (const auto& [keyword, value] : settings) {
        keywords.push_back(keyword.c_str());
        values.push_back(value.c_str());
    }
    keywords.push_back(nullptr);
    values.push_back(nullptr);
    const auto until = Clock::now() + connect_timeout_;
    connection_.reset(::PQconnectStartParams(keywords.data(), values.data(), 0));
    if (!connection_) throw DatabaseError{"no memory for a connection", "", true};
    auto* handle = connection_.get();
    for (auto state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK;
         state = ::PQconnectPoll(handle)) {
        if (state == PGRES_POLLING_FAILED || ::PQstatus(handle) == CONNECTION_BAD)
            throw DatabaseError{firstLine(::PQerrorMessage(handle)), "", true};
        if (!wait(state == PGRES_POLLING_READING ? POLLIN : POLLOUT, until))
            throw DatabaseError{"the database did not answer in time", "", true};
    }
    if (::PQsetnonblocking(handle, 1) != 0) lost("cannot switch to non-blocking");
    ::PQsetNoticeReceiver(handle, noteWarning, &warned_);
}

void Connection::prepareSession(const ConnectOptions& options) {
    const auto ms = [](std::chrono::milliseconds value) { return std::to_string(value.count()); };
    std::string sql = "SET statement_timeout = " + ms(options.statement_timeout) +
                      "; SET lock_timeout = " + ms(options.lock_timeout) +
                      "; SET idle_in_transaction_session_timeout = 10000; SET TIME ZONE 'UTC'; "
                      "SET client_min_messages = warning; SET jit = off; "
                      // Durable is durable, whatever the server's default.
                      "SELECT set_config('synchronous_commit', 'on', false) "
                      "WHERE current_setting('synchronous_commit') = 'off'";
    if (options.plan_once)
        sql +=
            "; SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; "
            "SET enable_nestloop = off; SET enable_mergejoin = off";
    execute(sql);
}

Result Connection::execute(const std::string& sql) {
    sent(::PQsendQuery(connection_.get(), sql.c_str()));
    return collect(deadline());
}

Result Connection::run(const Statement& statement, const Parameters& parameters) {
    auto* handle = connection_.get();
    if (!prepared_.contains(&statement)) {
        sent(::PQsendPrepare(handle, statement.name, statement.sql, 0, nullptr));
        collect(deadline());
        prepared_.insert(&statement);
    }
    const auto arguments = PointersTo{parameters};
    sent(::PQsendQueryPrepared(handle, statement.name, arguments.count(), arguments.values(),
                               arguments.lengths(), arguments.formats(), kBinary));
    return collect(deadline());
}

Result Connection::query(const std::string& sql, const Parameters& parameters) {
    const auto arguments = PointersTo{parameters};
    sent(::PQsendQueryParams(connection_.get(), sql.c_str(), arguments.count(), nullptr,
                             arguments.values(), arguments.lengths(), arguments.formats(),
                             kBinary));
    return collect(deadline());
}

void Connection::limit(std::chrono::milliseconds statement_timeout,
                       std::chrono::milliseconds lock_timeout) {
    execute("SET statement_timeout = " + std::to_string(statement_timeout.count()) +
            "; SET lock_timeout = " + std::to_string(lock_timeout.count()));
    timeout_ = statement_timeout;
}

bool Connection::isUsable() noexcept {
    if (!connection_ || ::PQstatus(connection_.get()) != CONNECTION_OK) return false;
    pollfd descriptor{::PQsocket(connection_.get()), POLLIN, 0};
    // A server may have said goodbye before it hung up.
    for (int reads = 0; reads<kUnaskedReadsMax&& ::poll(&descriptor, 1, 0)> 0; ++reads)
        if (::PQconsumeInput(connection_.get()) == 0 ||
            ::PQstatus(connection_.get()) != CONNECTION_OK)
            return false;
    return true;
}

bool Connection::takeWarned() noexcept {
    return std::exchange(warned_, false);
}

std::vector<std::string> Connection::notifications(int other, std::chrono::milliseconds patience) {
    auto* handle = connection_.get();
    std::vector<std::string> payloads;
    const auto take = [&] {
        while (auto* found = ::PQnotifies(handle)) {
            payloads.emplace_back(found->extra);
            ::PQfreemem(found);
        }
    };
    take();
    if (!payloads.empty()) return payloads;
    std::array<pollfd, 2> descriptors{{{::PQsocket(handle), POLLIN, 0}, {other, POLLIN, 0}}};
    if (::poll(descriptors.data(), descriptors.size(), static_cast<int>(patience.count())) <= 0)
        return payloads;
    if (descriptors[0].revents != 0 && ::PQconsumeInput(handle) == 0)
        lost(firstLine(::PQerrorMessage(handle)));
    take();
    return payloads;
}

Connection::Clock::time_point Connection::deadline() const noexcept {
    return Clock::now() + timeout_ + grace_;
}

bool Connection::wait(short events, Clock::time_point deadline) const {
    pollfd descriptor{::PQsocket(connection_.get()), events, 0};
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) return false;
        const auto ready = ::poll(&descriptor, 1, static_cast<int>(left));
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return true; // libpq will say what is wrong
    }
}

void Connection::sent(int accepted) {
    if (accepted == 1) return;
    lost(firstLine(::PQerrorMessage(connection_.get())));
}

// What the server says while we still write has to be read: otherwise both could wait for ever.
void Connection::flush(Clock::time_point deadline) {
    auto* handle = connection_.get();
    for (;;) {
        const auto left = ::PQflush(handle);
        if (left == 0) return;
        if (left < 0) lost(firstLine(::PQerrorMessage(handle)));
        if (!wait(POLLIN | POLLOUT, deadline))
            lost("the database did not take a statement in time");
        if (::PQconsumeInput(handle) == 0) lost(firstLine(::PQerrorMessage(handle)));
    }
}

Result Connection::nextResult(Clock::time_point deadline, bool& more) {
    auto* handle = connection_.get();
    while (::PQisBusy(handle) != 0) {
        if (!wait(POLLIN, deadline)) lost("the database did not answer in time");
        if (::PQconsumeInput(handle) == 0) lost(firstLine(::PQerrorMessage(handle)));
    }
    auto* raw = ::PQgetResult(handle);
    Result result{raw};
    more = raw != nullptr;
    if (raw == nullptr) return result;
    const auto status = ::PQresultStatus(raw);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY)
        return result;
    if (status != PGRES_FATAL_ERROR) lost("the database answered something unexpected");
    // The rest of what is on its way belongs to this statement, too.
    try {
        for (bool rest = true; rest;)
            nextResult(deadline, rest);
    } catch (const DatabaseError&) {
        connection_.reset();
    }
    fail(raw);
}

Result Connection::collect(Clock::time_point deadline) {
    flush(deadline);
    Result last;
    for (bool more = true; more;) {
        auto result = nextResult(deadline, more);
        if (more) last = std::move(result);
    }
    if (::PQstatus(connection_.get()) != CONNECTION_OK)
        lost(firstLine(::PQerrorMessage(connection_.get())));
    return last;
}

void Connection::lost(const std::string& why) {
    const std::string what = why.empty() ? "the connection to the database was lost" : why;
    connection_.reset();
    throw DatabaseError{what, "", true};
}

void Connection::fail(const pg_result* result) {
    const auto state = fieldOf(result, PG_DIAG_SQLSTATE);
    const auto severity = fieldOf(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const auto message = fieldOf(result, PG_DIAG_MESSAGE_PRIMARY);
    const std::string what{message.empty() ? "the connection to the database was lost" : message};
    // A server that shuts down says why before it hangs up.
    const bool gone = !connection_ || ::PQstatus(connection_.get()) != CONNECTION_OK ||
                      state.empty() || severity == "FATAL" || severity == "PANIC";
    const DatabaseError error{what, state, gone};
    if (gone) connection_.reset();
    throw error;
}

Transaction::Transaction(Connection& connection) : connection_{connection} {
    connection_.execute("BEGIN");
}

Transaction::~Transaction() {
    if (!open_ || !connection_.isUsable()) return;
    try {
        connection_.execute("ROLLBACK");
    } catch (const DatabaseError&) {
        // The connection is gone, and the transaction with it.
        return;
    }
}

void Transaction::commit() {
    open_ = false;
    // A transaction that has failed answers ROLLBACK to COMMIT, without an error.
    const auto answer = connection_.execute("COMMIT");
    if (answer.tag() != "COMMIT")
        throw DatabaseError{"the transaction was rolled back", "40000", false};
}

} // namespace hookgate::store::postgresql
