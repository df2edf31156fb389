#pragma once

#include "discussion/types.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct pg_result;

namespace parley::postgres {

struct ResultDeleter {
    void operator()(pg_result* rows) const noexcept;
};
using ResultPtr = std::unique_ptr<pg_result, ResultDeleter>;

// One row of an answer, in binary form. Must not outlive its Rows. Columns count from 0.
class Row {
public:
    Row(const pg_result* rows, int number) : rows_(rows), number_(number) {}

    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string_view bytes(int column) const;
    [[nodiscard]] std::string text(int column) const { return std::string(bytes(column)); }
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] bool is_true(int column) const { return integer(column) != 0; }
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
    const pg_result* rows_;
    int number_;
};

// The answer to one statement: its rows, or how many it changed.
class Rows {
public:
    Rows() = default;
    explicit Rows(ResultPtr rows) : rows_(std::move(rows)) {}

    [[nodiscard]] int size() const;
    [[nodiscard]] bool empty() const { return size() == 0; }
    [[nodiscard]] Row at(int number) const { return {rows_.get(), number}; }
    [[nodiscard]] Row front() const { return at(0); }
    // By INSERT, UPDATE or DELETE.
    [[nodiscard]] std::int64_t changed() const;
    // "COMMIT", "ROLLBACK", "SELECT 3".
    [[nodiscard]] std::string_view tag() const;

    // Calls `visit(row)`, which returns a result<void>, for each row until one is an error.
    template <class Visit>
    [[nodiscard]] result<void> each(Visit visit) const {
        for (int number = 0; number < size(); ++number) {
            if (result<void> visited = visit(at(number)); visited.has_error()) return visited;
        }
        return {};
    }

private:
    ResultPtr rows_;
};

}  // namespace parley::postgres
