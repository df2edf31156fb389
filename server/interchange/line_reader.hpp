#pragma once

#include "base/limits.hpp"

#include <array>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <string_view>

namespace parley {

// Where a line stands in its file.
struct LineRef {
    std::uint64_t number = 0;  // from 1
    std::uint64_t offset = 0;  // of its first byte
    std::uint32_t bytes = 0;   // without the line feed
    friend bool operator==(const LineRef&, const LineRef&) = default;
};

// One line of a file. The text is valid until the next call of LineReader::next().
struct RawLine {
    LineRef ref;
    std::string_view text;  // without the line's end; "" where it is too long
    bool too_long = false;
};

// Gives out the lines of a stream that are not blank, one after the other, and holds no more than
// ndjson_line_bytes_max of it: what is longer is passed over and marked. Lines end in LF or CRLF;
// a byte order mark at the very beginning is passed over. For one thread.
class LineReader {
public:
    // The stream is read from where it stands, which counts as offset 0, and must outlive the
    // reader.
    explicit LineReader(std::istream& input) : input_(input) {}

    [[nodiscard]] std::optional<RawLine> next();

    // Bytes that were given out or passed over so far.
    [[nodiscard]] std::uint64_t offset() const { return offset_; }

private:
    [[nodiscard]] bool fill();
    [[nodiscard]] bool read_line(RawLine& line);

    std::istream& input_;
    std::array<char, std::size_t{64} * 1024> block_{};
    std::string_view rest_;  // of the block
    std::string text_;
    std::uint64_t offset_ = 0;
    std::uint64_t number_ = 0;
};

// Reads a line again; nothing where the stream can no longer give it.
[[nodiscard]] std::optional<std::string> read_again(std::istream& input, const LineRef& line);

}  // namespace parley
