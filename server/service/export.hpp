#pragma once

#include "store/store.hpp"

#include <functional>
#include <optional>
#include <ostream>

namespace parley {

struct ExportReport {
    std::uint64_t discussions = 0;
    std::uint64_t comments = 0;
    std::uint64_t accounts = 0;
    std::uint64_t votes = 0;
};

// Writes one discussion, or all of them, in the NDJSON format: each discussion, its comments
// (parents first), the accounts that were not written yet, its votes. Importing that into an empty
// store gives the same discussions again, with new ids. Runs beside a server: a comment that comes
// in meanwhile is in the file or not, and its score always fits the votes that are written.
//
// Memory is bounded by the votes of one discussion and the number of accounts. `progress` is called
// after each discussion and now and then within. Errors: unknown_discussion; storage_full where the
// stream takes no more; those of the reader.
[[nodiscard]] result<ExportReport> export_ndjson(
    StoreReader& reader, const std::optional<DiscussionId>& discussion, std::ostream& output,
    const std::function<void(const ExportReport&)>& progress);

}  // namespace parley
