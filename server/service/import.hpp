#pragma once

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "interchange/issues.hpp"
#include "store/store.hpp"

#include <array>
#include <functional>
#include <istream>
#include <string>

namespace parley {

struct ImportOptions {
    std::string source = "parley";  // whose ids these are: 1 to import_source_chars_max of a-z …
    bool dry_run = false;           // decide everything, keep nothing
};

// How far an import is.
struct ImportProgress {
    enum class Phase : std::uint8_t {
        reading,  // the first pass: what stands where
        storing,  // the second pass: texts into the store
    };
    Phase phase = Phase::reading;
    std::uint64_t bytes_done = 0;  // of this phase
    std::uint64_t bytes_total = 0;
    std::uint64_t comments_done = 0;
};

struct ImportReport {
    struct Counts {
        std::uint64_t added = 0;
        std::uint64_t known = 0;  // in the store already, from an earlier import
    };
    std::uint64_t lines_read = 0;  // not blank ones
    std::uint64_t lines_good = 0;  // in the format; 0 means that the file is something else
    std::array<Counts, line_kinds_count> counts{};  // by LineKind
    IssueList issues;                               // and how many lines of each kind were refused
    bool dry_run = false;
    std::chrono::milliseconds duration{};

    [[nodiscard]] const Counts& of(LineKind kind) const {
        return counts[static_cast<std::size_t>(kind)];
    }
    [[nodiscard]] double comments_per_s() const;
};

// Imports a file in the NDJSON format. Reads the stream twice from its beginning, so it must be
// seekable. A line that is wrong, or that the rules refuse, is in the report and harms no other. A
// second import of the same file adds nothing. Memory is bounded by the number of lines, not by
// their texts.
//
// Commits step by step, so what was stored stays when it is stopped in between; running it again
// goes on from there. A dry run decides the same in one transaction that is rolled back.
//
// For the thread that owns the store's writing; nobody else may write meanwhile. `progress` is
// called on it now and then. Errors: invalid_field (the source's name), unavailable, busy,
// storage_full, corrupt_store, internal.
[[nodiscard]] result<ImportReport> import_ndjson(
    Store& store, const Limits& limits, const Clock& clock, const ImportOptions& options,
    std::istream& input, const std::function<void(const ImportProgress&)>& progress);

}  // namespace parley
