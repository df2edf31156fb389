#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace parley {

// Inflates the messages of clients that negotiated permessage-deflate without context takeover
// (RFC 7692, section 7.2.2), windows of up to 15 bits. Because each message stands alone, one
// inflater serves all connections of a thread; it keeps its window (32 KiB) and its output.
class Inflater {
public:
    enum class Status : std::uint8_t {
        done,
        bad_data,   // not DEFLATE, or not whole
        too_large,  // more than bytes_max; nothing beyond that was inflated
    };
    struct Output {
        Status status = Status::done;
        std::string_view bytes;  // valid until the next call
    };

    // Throws std::bad_alloc.
    Inflater();
    ~Inflater();
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    // The whole payload of a message, without the 00 00 FF FF that its sender removed. Throws
    // std::bad_alloc the first time that so large a `bytes_max` is given.
    [[nodiscard]] Output inflate(std::string_view payload, std::size_t bytes_max);

private:
    struct Stream;

    [[nodiscard]] Status feed(std::string_view input, bool& at_block_end);

    std::unique_ptr<Stream> stream_;
    std::vector<char> output_;
};

}  // namespace parley
