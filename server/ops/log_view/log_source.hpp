#pragma once

#include "ops/log_view/record.hpp"

#include <sys/types.h>

#include <functional>
#include <string>

namespace parley {

// A log that grows: a file, followed where it was rotated or cut, or a pipe. Never blocks. For one
// thread.
class LogSource {
public:
    // "-" is standard input. Of a file that is long already only the last log_view_tail_bytes_max
    // are read. not_found where it cannot be opened.
    [[nodiscard]] static result<LogSource> open(const std::string& path);
    ~LogSource();
    LogSource(LogSource&& other) noexcept;
    LogSource(const LogSource&) = delete;
    LogSource& operator=(const LogSource&) = delete;
    LogSource& operator=(LogSource&&) = delete;

    using LineHandler = std::function<void(std::string_view)>;
    // Hands on what was added since; false where nothing more will ever come.
    [[nodiscard]] bool read(const LineHandler& handle);

    [[nodiscard]] bool is_file() const { return is_file_; }
    // For poll(), where it is a pipe that is open; else -1. Files are to be looked at now and then.
    [[nodiscard]] int pipe() const { return is_file_ ? -1 : descriptor_; }
    [[nodiscard]] std::uint64_t passed_over() const { return lines_.passed_over(); }

private:
    LogSource(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
    [[nodiscard]] bool read_to_end(const LineHandler& handle);
    void skip_to_tail();
    void follow_rotation(const LineHandler& handle);

    std::string path_;
    int descriptor_ = -1;
    bool is_file_ = false;
    bool skips_first_line_ = false;
    LineSplitter lines_;
};

}  // namespace parley
