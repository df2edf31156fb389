#include "store/new_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

namespace parley {

namespace {

using std::filesystem::path;

path with_suffix(const path& file, const char* suffix) {
    path longer = file;
    longer += suffix;
    return longer;
}

Error disk_error(const path& file, const std::string& what) {
    const Errc code = errno == ENOSPC || errno == EDQUOT ? Errc::storage_full : Errc::unavailable;
    return make_error(code, file.string() + " cannot be " + what + ": " +
                                std::generic_category().message(errno) + ".");
}

result<void> sync(const path& file, int flags) {
    const int descriptor = ::open(file.c_str(), flags | O_CLOEXEC);
    if (descriptor < 0) return disk_error(file, "opened");
    const int failed = ::fsync(descriptor);
    const Error error = failed == 0 ? Error{} : disk_error(file, "made durable");
    ::close(descriptor);
    return failed == 0 ? result<void>() : result<void>(error);
}

}  // namespace

result<NewFile> NewFile::beside(const path& final_name) {
    std::string name = with_suffix(final_name, ".XXXXXX").string();
    const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);  // mode 0600
    if (descriptor < 0) return disk_error(final_name, "created");
    ::close(descriptor);
    return NewFile(name);
}

NewFile::~NewFile() {
    if (name_.empty()) return;
    std::error_code ignored;
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
        std::filesystem::remove(with_suffix(name_, suffix), ignored);
    }
}

std::uint64_t NewFile::bytes() const {
    std::error_code failed;
    const std::uintmax_t size = std::filesystem::file_size(name_, failed);
    return failed ? 0 : size;
}

result<void> NewFile::publish(const path& final_name) {
    if (auto synced = sync(name_, O_RDWR); synced.has_error()) return synced;
    if (::rename(name_.c_str(), final_name.c_str()) != 0) {
        return disk_error(final_name, "replaced");
    }
    name_.clear();
    const path folder = final_name.parent_path();
    return sync(folder.empty() ? path(".") : folder, O_RDONLY | O_DIRECTORY);
}

bool is_same_file(const path& one, const path& other) {
    std::error_code failed;
    return std::filesystem::equivalent(one, other, failed) && !failed;
}

}  // namespace parley
