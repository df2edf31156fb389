#include "ops/log_view/log_source.hpp"

#include "base/limits.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace parley {

namespace {

constexpr std::size_t block_bytes = std::size_t{64} * 1024;

}  // namespace

result<LogSource> LogSource::open(const std::string& path) {
    const bool is_input = path == "-";
    const int descriptor = is_input
                               ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                               : ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0) {
        return make_error(Errc::not_found,
                          path + ": cannot be read: " + std::generic_category().message(errno));
    }
    LogSource source(path, descriptor);
    struct stat status {};
    if (::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
        return make_error(Errc::not_found, path + ": is a folder, not a log.");
    }
    source.is_file_ = S_ISREG(status.st_mode) && !is_input;
    if (source.is_file_) source.skip_to_tail();
    else ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    return source;
}

LogSource::~LogSource() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

LogSource::LogSource(LogSource&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      is_file_(other.is_file_),
      skips_first_line_(other.skips_first_line_),
      lines_(std::move(other.lines_)) {}

// What was written long ago tells nothing of how things are; the line that is cut is passed over.
void LogSource::skip_to_tail() {
    const off_t end = ::lseek(descriptor_, 0, SEEK_END);
    const off_t start = end - static_cast<off_t>(log_view_tail_bytes_max);
    skips_first_line_ = start > 0;
    ::lseek(descriptor_, start > 0 ? start : 0, SEEK_SET);
}

bool LogSource::read(const LineHandler& handle) {
    if (descriptor_ < 0) return false;
    const bool goes_on = read_to_end(handle);
    if (is_file_) {
        follow_rotation(handle);
        return true;
    }
    // A closed one would never let poll() wait.
    if (!goes_on) ::close(std::exchange(descriptor_, -1));
    return goes_on;
}

// False where a pipe was closed.
bool LogSource::read_to_end(const LineHandler& handle) {
    std::array<char, block_bytes> block;
    for (;;) {
        const ssize_t count = ::read(descriptor_, block.data(), block.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
        if (count == 0) return is_file_;
        lines_.add({block.data(), static_cast<std::size_t>(count)}, [&](std::string_view line) {
            if (!std::exchange(skips_first_line_, false)) handle(line);
        });
    }
}

// Somebody gave the file another name and made a new one in its place, or cut it.
void LogSource::follow_rotation(const LineHandler& handle) {
    struct stat mine {};
    struct stat named {};
    if (::fstat(descriptor_, &mine) != 0) return;
    if (::lseek(descriptor_, 0, SEEK_CUR) > mine.st_size) {
        ::lseek(descriptor_, 0, SEEK_SET);
        lines_.begin_line();
        static_cast<void>(read_to_end(handle));
    }
    // Between two files there may be none of this name.
    if (::stat(path_.c_str(), &named) != 0) return;
    if (named.st_ino == mine.st_ino && named.st_dev == mine.st_dev) return;
    const int fresh = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fresh < 0) return;
    // What was added to the old one meanwhile comes first.
    static_cast<void>(read_to_end(handle));
    ::close(descriptor_);
    descriptor_ = fresh;
    skips_first_line_ = false;
    lines_.begin_line();
    static_cast<void>(read_to_end(handle));
}

}  // namespace parley
