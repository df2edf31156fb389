#include "store/sqlite/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

namespace parley::sqlite {

namespace {

// What the holder wrote, digits only.
std::string read_pid(int descriptor) {
    std::array<char, 20> bytes{};
    const ssize_t count = ::pread(descriptor, bytes.data(), bytes.size(), 0);
    std::string pid;
    for (ssize_t i = 0; i < count; ++i) {
        const char c = bytes.at(static_cast<std::size_t>(i));
        if (c < '0' || c > '9') break;
        pid += c;
    }
    return pid;
}

// For people only: the lock holds without it.
void write_pid(int descriptor) {
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(descriptor, 0) != 0) return;
    static_cast<void>(::pwrite(descriptor, pid.data(), pid.size(), 0) < 0);
}

}  // namespace

result<FileLock> FileLock::acquire(const std::filesystem::path& lock_file,
                                   const std::filesystem::path& guarded) {
    const int descriptor =
        ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor < 0) {
        return make_error(Errc::unavailable, "The file " + lock_file.string() +
                                                 " cannot be opened for writing: " +
                                                 std::generic_category().message(errno) + ".");
    }
    FileLock lock(descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
        write_pid(descriptor);
        return lock;
    }
    if (errno != EWOULDBLOCK) {
        return make_error(Errc::unavailable,
                          "The file " + lock_file.string() +
                              " cannot be locked: " + std::generic_category().message(errno) + ".");
    }
    const std::string pid = read_pid(descriptor);
    return make_error(Errc::busy, "Another process" + (pid.empty() ? "" : " (pid " + pid + ")") +
                                      " is using " + guarded.string() + "; stop the server first.");
}

FileLock::~FileLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

result<TemporaryFolder> TemporaryFolder::create() {
    std::error_code failed;
    const std::filesystem::path parent = std::filesystem::temp_directory_path(failed);
    if (failed) return make_error(Errc::unavailable, "There is no folder for temporary files.");
    std::string name = (parent / "parley-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
        return make_error(Errc::unavailable, "No folder can be made in " + parent.string() + ": " +
                                                 std::generic_category().message(errno) + ".");
    }
    return TemporaryFolder(name);
}

TemporaryFolder::~TemporaryFolder() {
    if (path_.empty()) return;
    std::error_code failed;
    std::filesystem::remove_all(path_, failed);
}

}  // namespace parley::sqlite
