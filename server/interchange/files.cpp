#include "interchange/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <iostream>
#include <system_error>
#include <utility>
#include <vector>

namespace parley {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t block_bytes = std::size_t{64} * 1024;

std::string reason() { return std::generic_category().message(errno); }

Error cannot_read(const std::string& path) {
    const Errc code = errno == ENOENT   ? Errc::not_found
                      : errno == EACCES ? Errc::forbidden
                                        : Errc::unavailable;
    return make_error(code, path + " cannot be read: " + reason() + ".");
}

Error cannot_write(const std::string& path) {
    const Errc code = errno == ENOSPC || errno == EDQUOT ? Errc::storage_full : Errc::unavailable;
    return make_error(code, path + " cannot be written: " + reason() + ".");
}

bool copy(std::istream& input, std::ostream& output) {
    std::vector<char> block(block_bytes);
    while (input.read(block.data(), static_cast<std::streamsize>(block.size())),
           input.gcount() > 0) {
        output.write(block.data(), input.gcount());
    }
    output.flush();
    return output.good();
}

// Makes the bytes of a closed file durable.
bool sync_file(const fs::path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    const bool synced = ::fsync(file) == 0;
    ::close(file);
    return synced;
}

}  // namespace

result<std::ifstream> spool(std::istream& input) {
    std::error_code problem;
    std::string name = (fs::temp_directory_path(problem) / "parley-input-XXXXXX").string();
    const int file = problem ? -1 : ::mkstemp(name.data());
    if (file < 0) return cannot_write(name);
    std::ofstream output(name, std::ios::binary);
    std::ifstream again(name, std::ios::binary);
    ::close(file);
    // The stream keeps what the name no longer leads to.
    ::unlink(name.c_str());
    errno = 0;
    if (!again || !copy(input, output)) return cannot_write("A temporary copy of the input");
    if (input.bad()) return make_error(Errc::unavailable, "The input can no longer be read.");
    return again;
}

result<std::ifstream> open_input(const std::string& path) {
    if (path == "-") return spool(std::cin);
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) return cannot_read(path);
    std::error_code problem;
    const fs::file_status status = fs::status(path, problem);
    if (fs::is_directory(status)) {
        errno = EISDIR;
        return cannot_read(path);
    }
    if (fs::is_regular_file(status)) return file;
    return spool(file);
}

result<OutputFile> OutputFile::open(const std::string& path) {
    OutputFile output;
    if (path == "-") return output;
    std::error_code problem;
    const fs::file_status status = fs::status(path, problem);
    if (fs::is_directory(status)) {
        errno = EISDIR;
        return cannot_write(path);
    }
    // The name that a link leads to, so that the link stays one.
    output.path_ = fs::exists(status) ? fs::canonical(path, problem) : fs::path(path);
    fs::path target = output.path_;
    if (!fs::exists(status) || fs::is_regular_file(status)) {
        target += ".partial-" + std::to_string(::getpid());
        output.written_to_ = target;
    }
    errno = 0;
    output.file_ = std::make_unique<std::ofstream>(target, std::ios::binary | std::ios::trunc);
    if (!*output.file_) {
        output.written_to_.clear();
        return cannot_write(path);
    }
    return output;
}

OutputFile::~OutputFile() {
    if (!file_ || written_to_.empty()) return;
    file_->close();
    ::unlink(written_to_.c_str());
}

std::ostream& OutputFile::stream() { return file_ ? *file_ : std::cout; }

result<void> OutputFile::finish() {
    errno = 0;
    stream().flush();
    const std::string shown = file_ ? path_.string() : "Standard output";
    if (!stream()) return cannot_write(shown);
    if (!file_) return {};
    file_->close();
    if (!*file_) return cannot_write(shown);
    if (written_to_.empty()) return {};
    if (!sync_file(written_to_) || ::rename(written_to_.c_str(), path_.c_str()) != 0) {
        return cannot_write(shown);
    }
    written_to_.clear();
    // The folder holds the new name; where it cannot be synced the file is there all the same.
    static_cast<void>(sync_file(path_.has_parent_path() ? path_.parent_path() : fs::path(".")));
    return {};
}

}  // namespace parley
