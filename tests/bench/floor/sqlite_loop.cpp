#include "bench/floor/sqlite_loop.hpp"

#include "bench/shared/time.hpp"
#include "bench/shared/tool.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <memory>

namespace parley::bench {

namespace {

constexpr const char* schema =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
    "CREATE TABLE comments (id INTEGER PRIMARY KEY, discussion INTEGER, parent INTEGER,"
    " author INTEGER, stamp INTEGER, created_at INTEGER, body TEXT) STRICT;"
    "CREATE INDEX comments_by_stamp ON comments (discussion, stamp);"
    "CREATE INDEX comments_by_author ON comments (author, discussion);"
    "CREATE INDEX comments_by_parent ON comments (parent, created_at);"
    "CREATE TABLE votes (comment INTEGER, account INTEGER, value INTEGER,"
    " PRIMARY KEY (comment, account)) STRICT, WITHOUT ROWID;";

class Database {
public:
    explicit Database(const std::string& file) {
        check(::sqlite3_open(file.c_str(), &handle_));
        execute(schema);
    }
    ~Database() { ::sqlite3_close_v2(handle_); }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    void execute(const char* sql) {
        check(::sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr));
    }
    void check(int code) const {
        if (code != SQLITE_OK && code != SQLITE_DONE) fail(::sqlite3_errmsg(handle_));
    }
    [[nodiscard]] sqlite3* handle() const { return handle_; }

private:
    sqlite3* handle_ = nullptr;
};

struct Finalize {
    void operator()(sqlite3_stmt* statement) const { ::sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

Statement prepare(const Database& database, const char* sql) {
    sqlite3_stmt* statement = nullptr;
    database.check(::sqlite3_prepare_v2(database.handle(), sql, -1, &statement, nullptr));
    return Statement(statement);
}

// Rows a second. `bind` gives the statement the values of row number n.
template <class Bind>
double rows_per_s(Database& database, const char* sql, int batch, double seconds, Bind bind) {
    const Statement insert = prepare(database, sql);
    const std::int64_t began = now_ns();
    const auto until = began + static_cast<std::int64_t>(seconds * static_cast<double>(ns_per_s));
    std::int64_t rows = 0;
    while (now_ns() < until) {
        database.execute("BEGIN IMMEDIATE");
        for (int i = 0; i < batch; ++i) {
            bind(insert.get(), ++rows);
            database.check(::sqlite3_step(insert.get()));
            database.check(::sqlite3_reset(insert.get()));
        }
        database.execute("COMMIT");
    }
    return static_cast<double>(rows) / (static_cast<double>(now_ns() - began) / 1e9);
}

double comments_per_s(const std::string& file, int batch, double seconds) {
    Database database(file);
    const std::string body(204, 'x');
    return rows_per_s(database, "INSERT INTO comments VALUES (?1, 1, ?2, ?3, ?1, ?4, ?5)", batch,
                      seconds, [&](sqlite3_stmt* insert, std::int64_t row) {
                          ::sqlite3_bind_int64(insert, 1, row);
                          ::sqlite3_bind_int64(insert, 2, row / 2);
                          ::sqlite3_bind_int64(insert, 3, row % 64);
                          ::sqlite3_bind_int64(insert, 4, now_ns());
                          ::sqlite3_bind_text(insert, 5, body.data(), static_cast<int>(body.size()),
                                              SQLITE_STATIC);
                      });
}

double votes_per_s(const std::string& file, int batch, double seconds) {
    Database database(file);
    return rows_per_s(database, "INSERT OR REPLACE INTO votes VALUES (?1, ?2, ?3)", batch, seconds,
                      [](sqlite3_stmt* insert, std::int64_t row) {
                          ::sqlite3_bind_int64(insert, 1, row % 1000);
                          ::sqlite3_bind_int64(insert, 2, row / 1000 % 64);
                          ::sqlite3_bind_int64(insert, 3, row % 2 == 0 ? 1 : -1);
                      });
}

}  // namespace

void run_sqlite_floor(const std::string& folder, double seconds) {
    print_line({{"comments_by_100_per_s", comments_per_s(folder + "/c100.db", 100, seconds)},
                {"comments_by_1_per_s", comments_per_s(folder + "/c1.db", 1, seconds)},
                {"votes_by_100_per_s", votes_per_s(folder + "/v100.db", 100, seconds)},
                {"votes_by_1_per_s", votes_per_s(folder + "/v1.db", 1, seconds)}});
}

}  // namespace parley::bench
