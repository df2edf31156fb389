#pragma once

#include "discussion/types.hpp"

#include <filesystem>
#include <functional>
#include <string_view>

namespace parley {

// Copies of a whole store, and stores made of such copies.

struct BackupProgress {
    std::uint64_t done = 0;
    std::uint64_t total = 0;  // 0 where it is not known
};
using BackupProgressHandler = std::function<void(const BackupProgress&)>;

struct BackupReport {
    std::uint64_t bytes = 0;  // of the copy
    Epoch epoch;              // of the history in it; of a restored store, its new one
};

// Writes a consistent copy of the store to `output`, beside a running server too: nothing waits for
// it. The copy is checked, durable, and only then has its name, in the place of what had it before.
// Errors: unavailable, corrupt_store, storage_full, invalid_field (that is no place for it).
[[nodiscard]] result<BackupReport> back_up_store(std::string_view url,
                                                 const std::filesystem::path& output,
                                                 const BackupProgressHandler& progress);

enum class Overwrite : std::uint8_t { never, allowed };

// Makes the store that the URL names of a copy. Its history gets a new name, so that everybody who
// holds a position of another one reads again. Errors: busy where a server holds the store,
// conflict where there is one and it may not be overwritten, corrupt_store where the copy is
// damaged or none; then nothing was changed.
[[nodiscard]] result<BackupReport> restore_store(std::string_view url,
                                                 const std::filesystem::path& input,
                                                 Overwrite overwrite,
                                                 const BackupProgressHandler& progress);

}  // namespace parley
