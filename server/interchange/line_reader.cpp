#include "interchange/line_reader.hpp"

#include <algorithm>

namespace parley {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view blanks = " \t\r";

}  // namespace

bool LineReader::fill() {
    input_.read(block_.data(), static_cast<std::streamsize>(block_.size()));
    rest_ = std::string_view(block_.data(), static_cast<std::size_t>(input_.gcount()));
    return !rest_.empty();
}

// Reads up to and with the next line feed. False at the end of the stream.
bool LineReader::read_line(RawLine& line) {
    text_.clear();
    line = RawLine{{++number_, offset_, 0}, {}, false};
    bool any = false;
    while (!rest_.empty() || fill()) {
        any = true;
        const std::size_t feed = rest_.find('\n');
        const std::string_view piece = rest_.substr(0, feed);
        line.too_long = line.too_long || text_.size() + piece.size() > ndjson_line_bytes_max;
        if (line.too_long) text_.clear();
        else text_.append(piece);
        const std::size_t taken = feed == std::string_view::npos ? rest_.size() : feed + 1;
        offset_ += taken;
        rest_.remove_prefix(taken);
        if (feed != std::string_view::npos) break;
    }
    return any;
}

std::optional<RawLine> LineReader::next() {
    RawLine line;
    while (read_line(line)) {
        line.text = text_;
        if (line.ref.offset == 0 && line.text.starts_with(byte_order_mark)) {
            line.text.remove_prefix(byte_order_mark.size());
            line.ref.offset = byte_order_mark.size();
        }
        if (line.text.ends_with('\r')) line.text.remove_suffix(1);
        line.ref.bytes = static_cast<std::uint32_t>(line.text.size());
        const bool blank = line.text.find_first_not_of(blanks) == std::string_view::npos;
        if (line.too_long || !blank) return line;
    }
    return std::nullopt;
}

std::optional<std::string> read_again(std::istream& input, const LineRef& line) {
    std::string text(line.bytes, '\0');
    input.clear();
    input.seekg(static_cast<std::streamoff>(line.offset));
    input.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!input || static_cast<std::size_t>(input.gcount()) != text.size()) return std::nullopt;
    return text;
}

}  // namespace parley
