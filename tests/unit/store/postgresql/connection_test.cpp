#include "core/store/postgresql/connection.hpp"

#include "tests/support/postgresql_database.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <thread>

namespace hookgate::store::postgresql {
namespace {

using testing_support::PostgresqlDatabase;
using testing_support::postgresqlUrl;
using Ms = std::chrono::milliseconds;

// The server's address with other credentials.
std::string withCredentials(const std::string& credentials) {
    const auto url = postgresqlUrl("postgres");
    return "postgresql://" + credentials + url.substr(url.find('@'));
}

std::string stateOf(const std::function<void()>& action) {
    try {
        action();
    } catch (const DatabaseError& e) {
        return e.connectionLost() ? "lost" : std::string{e.state()};
    }
    return "none";
}

TEST(PostgresqlConnection, CarriesBytesNumbersAndNullsUnchanged) {
    Connection connection{{.url = postgresqlUrl("postgres")}};
    const std::string bytes{"\0\xff\\'\n", 5};
    const auto id = *base::Uuid::parse("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");
    const auto found = connection.query(
        "SELECT $1::bytea, $2::bigint, $3::smallint, $4::boolean, $5::uuid, $6::bytea, $7::bytea",
        Parameters{}
            .add(std::string_view{bytes})
            .add(std::int64_t{-1'800'000'000'000})
            .add(std::int16_t{-7})
            .add(true)
            .add(id)
            .addNull()
            .add(std::string_view{}));
    EXPECT_EQ(found.bytes(0, 0), bytes);
    EXPECT_EQ(found.integer(0, 1), -1'800'000'000'000);
    EXPECT_EQ(found.integer(0, 2), -7);
    EXPECT_TRUE(found.boolean(0, 3));
    EXPECT_EQ(found.uuid(0, 4), id);
    EXPECT_TRUE(found.isNull(0, 5));
    EXPECT_FALSE(found.isNull(0, 6));
    EXPECT_EQ(found.bytes(0, 6), "");
}

TEST(PostgresqlConnection, CarriesArrays) {
    Connection connection{{.url = postgresqlUrl("postgres")}};
    static constexpr Statement kUnnest{
        "unnest", "SELECT * FROM unnest($1::bytea[], $2::integer[]) WITH ORDINALITY u(a, b, n)"};
    for (int round = 0; round < 2; ++round) {
        Array bytes{Type::Bytea};
        bytes.add(std::string_view{"a\0b", 3}).addNull().add(std::string_view{});
        Array numbers{Type::Int4};
        numbers.add(std::int32_t{1}).add(std::int32_t{-2}).add(std::int32_t{3});
        const auto found =
            connection.run(kUnnest, Parameters{}.add(std::move(bytes)).add(std::move(numbers)));
        ASSERT_EQ(found.rows(), 3);
        EXPECT_EQ(found.bytes(0, 0), std::string_view("a\0b", 3));
        EXPECT_TRUE(found.isNull(1, 0));
        EXPECT_EQ(found.integer(1, 1), -2);
        EXPECT_EQ(found.bytes(2, 0), "");
    }
    EXPECT_EQ(
        connection.run(kUnnest, Parameters{}.add(Array{Type::Bytea}).add(Array{Type::Int4})).rows(),
        0);
}

TEST(PostgresqlConnection, TakesAPasswordOfAnyCharacters) {
    Connection server{{.url = postgresqlUrl("postgres")}};
    server.execute(R"(DROP ROLE IF EXISTS odd; CREATE ROLE odd LOGIN PASSWORD 'a b''"@/:?#%\&=ü')");
    const auto url = withCredentials("odd:a%20b%27%22%40%2F%3A%3F%23%25%5C%26%3D%C3%BC");
    EXPECT_EQ(Connection{{.url = url}}.query("SELECT current_user::text").bytes(0, 0), "odd");
    server.execute("DROP ROLE odd");
}

TEST(PostgresqlConnection, SaysWhoIsToBlame) {
    Connection connection{{.url = postgresqlUrl("postgres")}};
    EXPECT_EQ(stateOf([&] {
                  connection.query("SELECT 1 / $1::integer", Parameters{}.add(std::int32_t{0}));
              }),
              "22012");
    EXPECT_EQ(connection.query("SELECT 1").integer(0, 0), 1);
    EXPECT_TRUE((DatabaseError{"", "22012", false}.blamesRow()));
    EXPECT_FALSE((DatabaseError{"", "53100", false}.blamesRow()));
    EXPECT_TRUE((DatabaseError{"", "40P01", false}.retryable()));
    EXPECT_FALSE((DatabaseError{"", "42P01", false}.retryable()));
}

TEST(PostgresqlConnection, NeverRepeatsThePasswordOfABadUrl) {
    try {
        const Connection connection{{.url = "postgresql://user:hunter2@[::1"}};
        FAIL();
    } catch (const StoreError& e) {
        EXPECT_FALSE(e.retryable());
        EXPECT_EQ(std::string{e.what()}.find("hunter2"), std::string::npos);
    }
}

TEST(PostgresqlConnection, TriesTheNextHostAfterARefusal) {
    const auto url = postgresqlUrl("postgres");
    const auto at = url.find('@') + 1;
    const auto several = url.substr(0, at) + "127.0.0.1:1," + url.substr(at);
    EXPECT_EQ(Connection{{.url = several}}.query("SELECT 1").integer(0, 0), 1);
}

TEST(PostgresqlConnection, RefusesAServerThatOnlyReads) {
    const PostgresqlDatabase database;
    Connection server{{.url = postgresqlUrl("postgres")}};
    server.execute("ALTER DATABASE " + database.name() + " SET default_transaction_read_only = on");
    EXPECT_EQ(stateOf([&] { const Connection refused{{.url = database.url()}}; }), "lost");
    ConnectOptions reading{.url = database.url()};
    reading.writable = false;
    EXPECT_EQ(Connection{reading}.query("SELECT 1").integer(0, 0), 1);
}

TEST(PostgresqlConnection, NoticesThatItsBackendIsGone) {
    Connection connection{{.url = postgresqlUrl("postgres")}};
    Connection other{{.url = postgresqlUrl("postgres")}};
    const auto pid = connection.query("SELECT pg_backend_pid()").integer(0, 0);
    EXPECT_TRUE(connection.isUsable());
    other.execute("SELECT pg_terminate_backend(" + std::to_string(pid) + ", 5000)");
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{5};
    while (connection.isUsable() && std::chrono::steady_clock::now() < until)
        std::this_thread::yield();
    EXPECT_FALSE(connection.isUsable());
}

TEST(PostgresqlConnection, LosesTheStatementWhoseBackendIsTerminated) {
    Connection connection{{.url = postgresqlUrl("postgres")}};
    EXPECT_EQ(stateOf([&] { connection.execute("SELECT pg_terminate_backend(pg_backend_pid())"); }),
              "lost");
    EXPECT_FALSE(connection.isUsable());
}

TEST(PostgresqlConnection, LetsTheServerEndASlowStatement) {
    ConnectOptions options{.url = postgresqlUrl("postgres")};
    options.statement_timeout = Ms{50};
    Connection connection{options};
    EXPECT_EQ(stateOf([&] { connection.execute("SELECT pg_sleep(10)"); }), "57014");
    EXPECT_EQ(connection.query("SELECT 1").integer(0, 0), 1);
}

TEST(PostgresqlConnection, CommitsOrLeavesNothing) {
    const PostgresqlDatabase database;
    Connection connection{{.url = database.url()}};
    connection.execute("CREATE TABLE seen (n integer)");
    {
        const Transaction abandoned{connection};
        connection.execute("INSERT INTO seen VALUES (1)");
    }
    {
        Transaction failed{connection};
        connection.execute("INSERT INTO seen VALUES (2)");
        EXPECT_EQ(stateOf([&] { connection.execute("SELECT 1 / 0"); }), "22012");
        EXPECT_EQ(stateOf([&] { failed.commit(); }), "40000");
    }
    Transaction kept{connection};
    connection.execute("INSERT INTO seen VALUES (3)");
    kept.commit();
    const auto found = connection.query("SELECT n FROM seen");
    ASSERT_EQ(found.rows(), 1);
    EXPECT_EQ(found.integer(0, 0), 3);
}

TEST(PostgresqlConnection, HearsNotifications) {
    Connection listener{{.url = postgresqlUrl("postgres")}};
    Connection speaker{{.url = postgresqlUrl("postgres")}};
    listener.execute("LISTEN hookgate_test");
    EXPECT_TRUE(listener.notifications(-1, Ms{0}).empty());
    speaker.execute("NOTIFY hookgate_test, 'node'");
    const auto heard = listener.notifications(-1, std::chrono::seconds{5});
    ASSERT_EQ(heard.size(), 1U);
    EXPECT_EQ(heard[0], "node");
}

} // namespace
} // namespace hookgate::store::postgresql
