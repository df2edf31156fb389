#pragma once

#include "base/error.hpp"

#include <filesystem>
#include <fstream>
#include <istream>
#include <memory>
#include <string>

namespace parley {

// Files that an import reads and an export writes. "-" stands for standard input and output.

// Opens a file that can be read more than once. What can be read only once (standard input, a
// pipe) is first copied to a temporary file that vanishes with the stream. Errors: not_found,
// forbidden, unavailable; storage_full where the copy does not fit.
[[nodiscard]] result<std::ifstream> open_input(const std::string& path);

// The same with a stream in the place of standard input.
[[nodiscard]] result<std::ifstream> spool(std::istream& input);

// A file that is there as a whole or not at all: written under another name beside its own, and
// renamed by finish(). Devices and pipes, like standard output, are written directly.
class OutputFile {
public:
    // unavailable where the file cannot be written.
    [[nodiscard]] static result<OutputFile> open(const std::string& path);
    OutputFile(OutputFile&& other) noexcept = default;
    OutputFile& operator=(OutputFile&& other) noexcept = delete;
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;
    ~OutputFile();  // without finish(): nothing is left behind

    [[nodiscard]] std::ostream& stream();
    // Makes it durable and gives it its name. storage_full or unavailable where that fails.
    [[nodiscard]] result<void> finish();

private:
    OutputFile() = default;

    std::unique_ptr<std::ofstream> file_;  // absent: standard output
    std::filesystem::path path_;
    std::filesystem::path written_to_;  // "" where it is written directly
};

}  // namespace parley
