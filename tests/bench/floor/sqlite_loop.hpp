#pragma once

#include <string>

namespace parley::bench {

// How many rows a second SQLite makes durable (WAL, synchronous=FULL) when nothing is decided,
// parsed or answered: comments with three indexes and votes, in transactions of 100 and of 1, so
// many seconds each. Prints one line.
void run_sqlite_floor(const std::string& folder, double seconds);

}  // namespace parley::bench
