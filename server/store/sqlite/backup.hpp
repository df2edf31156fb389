#pragma once

#include "store/backup.hpp"

namespace parley::sqlite {

// As back_up_store() and restore_store(), of the database in `file`.
[[nodiscard]] result<BackupReport> back_up(const std::filesystem::path& file,
                                           const std::filesystem::path& output,
                                           const BackupProgressHandler& progress);
[[nodiscard]] result<BackupReport> restore(const std::filesystem::path& file,
                                           const std::filesystem::path& input, Overwrite overwrite,
                                           const BackupProgressHandler& progress);

}  // namespace parley::sqlite
