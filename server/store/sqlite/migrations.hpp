#pragma once

#include "store/sqlite/connection.hpp"

#include <span>

namespace parley::sqlite {

// The SQL that brings a database from one version of the schema to the next. Steps are never
// changed once released, only added.
struct Migration {
    std::int64_t version = 0;  // of the schema after it: 1, 2, ...
    const char* sql = "";
};
[[nodiscard]] std::span<const Migration> migrations();

// Carries out what is missing, each step in a transaction of its own. A schema that is newer than
// the last step, and a database of some other program, are refused and left untouched.
[[nodiscard]] result<void> migrate(Connection& connection, std::span<const Migration> steps);

// For copies: Parley's own, and not of a newer schema than the last step's.
[[nodiscard]] result<void> require_known_schema(Connection& connection,
                                                std::span<const Migration> steps);

// For reading: the schema must be exactly that of the last step.
[[nodiscard]] result<void> require_schema(Connection& connection, std::span<const Migration> steps);

}  // namespace parley::sqlite
