#include "net/websocket/inflater.hpp"

// Makes zlib say that it does not write to its input.
#define ZLIB_CONST
#include <zlib.h>

#include <new>

namespace parley {

namespace {

constexpr int raw_window_bits = -15;
// What zlib sets in data_type when it stopped right after a block.
constexpr int after_block_flag = 128;
// The end of each message, which its sender removed (RFC 7692, section 7.2.1).
constexpr std::string_view tail{"\x00\x00\xff\xff", 4};

}  // namespace

struct Inflater::Stream {
    Stream() {
        if (inflateInit2(&z, raw_window_bits) != Z_OK) throw std::bad_alloc();
    }
    ~Stream() { inflateEnd(&z); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    z_stream z{};
};

Inflater::Inflater() : stream_(std::make_unique<Stream>()) {}
Inflater::~Inflater() = default;

Inflater::Output Inflater::inflate(std::string_view payload, std::size_t bytes_max) {
    // One byte more than allowed, so that a full buffer means too much.
    if (output_.size() < bytes_max + 1) output_.resize(bytes_max + 1);
    z_stream& z = stream_->z;
    inflateReset(&z);
    z.next_out = reinterpret_cast<Bytef*>(output_.data());
    z.avail_out = static_cast<uInt>(bytes_max + 1);
    bool at_block_end = false;
    Status status = feed(payload, at_block_end);
    if (status == Status::done) status = feed(tail, at_block_end);
    if (status == Status::done && !at_block_end) status = Status::bad_data;
    if (status != Status::done) return {status, {}};
    return {status, {output_.data(), bytes_max + 1 - z.avail_out}};
}

Inflater::Status Inflater::feed(std::string_view input, bool& at_block_end) {
    z_stream& z = stream_->z;
    z.next_in = reinterpret_cast<const Bytef*>(input.data());
    z.avail_in = static_cast<uInt>(input.size());
    while (z.avail_in > 0) {
        const int code = ::inflate(&z, Z_SYNC_FLUSH);
        if (z.avail_out == 0) return Status::too_large;
        if (code == Z_STREAM_END) {
            // A block that says it is the last one ends nothing here (RFC 7692, section 7.2.3.4):
            // another stream may follow, and at least one more block does.
            at_block_end = false;
            inflateReset(&z);
        } else if (code == Z_OK) {
            at_block_end = (z.data_type & after_block_flag) != 0;
        } else {
            return Status::bad_data;
        }
    }
    return Status::done;
}

}  // namespace parley
