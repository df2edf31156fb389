#pragma once

#include "base/error.hpp"

#include <string_view>

struct pg_result;

namespace parley::postgres {

// A SQLSTATE, and the constraint that was broken where it is about one, as our reason:
//   busy          a lock or a statement took too long, a deadlock; or another instance has written
//                 the same name, slug, key or imported id a moment earlier: loading again shows it
//   unavailable   the server goes down, is a standby, has no connection left, forgot the session
//   storage_full  its disk is full
//   conflict, invalid_field   the data of one command does not fit
//   corrupt_store it found its own files damaged
//   internal      a statement of ours is wrong
[[nodiscard]] Errc errc_of(std::string_view sqlstate, std::string_view constraint) noexcept;

// The error of a failed answer. What the server says goes to the log (never its detail, which holds
// values), the usual sentence to the person.
[[nodiscard]] Error error_of(const pg_result* failed);
// The same without the log, for a refusal that the caller expects.
[[nodiscard]] std::string_view sqlstate_of(const pg_result* failed) noexcept;

}  // namespace parley::postgres
