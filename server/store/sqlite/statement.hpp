#pragma once

#include "discussion/types.hpp"
#include "store/sql.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace parley::sqlite {

struct StatementDeleter {
    void operator()(sqlite3_stmt* statement) const noexcept;
};
using StatementPtr = std::unique_ptr<sqlite3_stmt, StatementDeleter>;
using StatementCache = std::unordered_map<std::string_view, StatementPtr>;

// One use of a compiled statement: bind, step, read the columns. Goes back to its connection's
// cache, reset, when it is destroyed; must not outlive the connection. A failure to compile or to
// bind shows at the first next() or run().
class Query {
public:
    Query(sqlite3* database, StatementCache& cache, Sql sql);
    ~Query();
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    // Each binds the next parameter (?1, ?2, ...). Texts are copied.
    Query& bind(std::int64_t value);
    Query& bind(std::size_t count) { return bind(static_cast<std::int64_t>(count)); }
    Query& bind(std::string_view text);
    Query& bind_blob(std::string_view bytes);
    Query& bind_null();
    Query& bind(const Digest256& digest);
    Query& bind(WallTime time) { return bind(std::int64_t{time.time_since_epoch().count()}); }
    template <class Enum>
    requires std::is_enum_v<Enum> Query& bind(Enum value) {
        return bind(static_cast<std::int64_t>(value));
    }
    template <class Value>
    Query& bind(const std::optional<Value>& value) {
        return value ? bind(*value) : bind_null();
    }

    // The next row: true where there is one.
    [[nodiscard]] result<bool> next();
    // To the end, for a statement whose rows nobody reads.
    [[nodiscard]] result<void> run();
    // Calls `visit()` for each row until it returns an error, a result<void>.
    template <class Visit>
    [[nodiscard]] result<void> each(Visit visit) {
        for (;;) {
            const result<bool> row = next();
            if (row.has_error()) return row.error();
            if (!*row) return {};
            if (result<void> visited = visit(); visited.has_error()) return visited;
        }
    }

    // Columns of the row at hand, from 0.
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string_view bytes(int column) const;  // until the next step
    [[nodiscard]] std::string text(int column) const { return std::string(bytes(column)); }
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] WallTime time(int column) const {
        return WallTime(std::chrono::milliseconds(integer(column)));
    }
    [[nodiscard]] std::optional<WallTime> optional_time(int column) const {
        return is_null(column) ? std::nullopt : std::optional(time(column));
    }
    template <class Id>
    [[nodiscard]] Id id(int column) const {
        return Id{integer(column)};
    }
    template <class Id>
    [[nodiscard]] std::optional<Id> optional_id(int column) const {
        return is_null(column) ? std::nullopt : std::optional(id<Id>(column));
    }

private:
    void note(int code);

    sqlite3* database_;
    StatementCache& cache_;
    std::string_view text_;
    StatementPtr statement_;
    int parameter_ = 0;
    std::optional<Error> failed_;
};

// SQLite's result code as ours. What the database says goes to the log, the sentence to the person.
[[nodiscard]] Error error_of(sqlite3* database, int code);

}  // namespace parley::sqlite
