#pragma once

#include "store/backup.hpp"

namespace parley::postgres {

// As back_up_store() and restore_store(), by pg_dump and pg_restore in their custom format.
[[nodiscard]] result<BackupReport> back_up(std::string_view url,
                                           const std::filesystem::path& output,
                                           const BackupProgressHandler& progress);
[[nodiscard]] result<BackupReport> restore(std::string_view url, const std::filesystem::path& input,
                                           Overwrite overwrite,
                                           const BackupProgressHandler& progress);

}  // namespace parley::postgres
