#pragma once

#include "base/error.hpp"

#include <filesystem>
#include <utility>

namespace parley::sqlite {

// The right to write to a database, held through a file beside it: for this process alone, given
// back by the kernel when the process ends however it ends.
class FileLock {
public:
    // `guarded` is what the sentence of a refusal (busy) names. The lock file stays when the lock
    // is given back: removing it would let two processes hold one each.
    [[nodiscard]] static result<FileLock> acquire(const std::filesystem::path& lock_file,
                                                  const std::filesystem::path& guarded);
    ~FileLock();
    FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    FileLock& operator=(FileLock&&) = delete;

private:
    explicit FileLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

// A new folder that only this user can enter, removed with all that is in it.
class TemporaryFolder {
public:
    [[nodiscard]] static result<TemporaryFolder> create();
    ~TemporaryFolder();
    TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(TemporaryFolder&&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
    std::filesystem::path path_;
};

}  // namespace parley::sqlite
