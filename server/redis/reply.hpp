#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace parley::redis {

// One reply of a Redis server (RESP2).
struct Reply {
    enum class Kind : std::uint8_t { nil, integer, status, error, text, list };

    Kind kind = Kind::nil;
    std::int64_t integer = 0;
    std::string text;          // of a status, an error or a text; any bytes
    std::vector<Reply> items;  // of a list

    // The text of a status or a text is this.
    [[nodiscard]] bool says(std::string_view word) const {
        return (kind == Kind::status || kind == Kind::text) && text == word;
    }
    friend bool operator==(const Reply&, const Reply&) = default;
};

// Bytes of a server in, replies out, however the bytes are cut. Holds at most `bytes_max` of a
// reply that is not whole, and as much of one that is; whatever comes in, it never does worse than
// give up. One thread.
class ReplyReader {
public:
    struct Bounds {
        std::size_t bytes_max = 0;        // of texts in one reply
        std::size_t items_count_max = 0;  // of all lists in one reply together
    };
    explicit ReplyReader(Bounds bounds);
    ReplyReader(const ReplyReader&) = delete;
    ReplyReader& operator=(const ReplyReader&) = delete;
    ~ReplyReader();

    // Calls `take` with each reply that these bytes complete; `take` does not come back here.
    // `malformed` where they are not RESP2, `too_large` where a reply is over the bounds (or
    // nested deeper than hiredis reads): from then on every call says the same, and the connection
    // is of no use any more.
    [[nodiscard]] result<void> read(std::span<const char> bytes,
                                    const std::function<void(Reply&&)>& take);

    // What is held of a reply that is not whole.
    [[nodiscard]] std::size_t held_bytes() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Appends a command as a server reads it: a list of texts of any bytes.
void append_command(std::string& out, std::span<const std::string_view> words);

}  // namespace parley::redis
