#pragma once

#include "store/postgres/connection.hpp"

#include <span>

namespace parley::postgres {

// The SQL that brings a database from one version of the schema to the next. Steps are never
// changed once released, only added.
struct Migration {
    std::int64_t version = 0;  // of the schema after it: 1, 2, ...
    const char* sql = "";
};
[[nodiscard]] std::span<const Migration> migrations();

// Carries out what is missing, each step in a transaction of its own, while other instances that
// start at the same time wait (store_migration_wait_ms at most, then busy). A schema that is newer
// than the last step, and a database of some other program, are refused and left untouched.
[[nodiscard]] result<void> migrate(Connection& connection, std::span<const Migration> steps);

// The schema must be exactly that of the last step.
[[nodiscard]] result<void> require_schema(Connection& connection, std::span<const Migration> steps);

}  // namespace parley::postgres
