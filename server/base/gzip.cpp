#include "base/gzip.hpp"

// Makes zlib say that it does not write to its input.
#define ZLIB_CONST
#include <zlib.h>

#include <new>

namespace parley {

namespace {

constexpr int level = 5;
constexpr int window_bits_with_gzip_header = 15 + 16;
constexpr int memory_level = 8;

}  // namespace

std::string gzip(std::string_view bytes) {
    z_stream stream{};
    if (deflateInit2(&stream, level, Z_DEFLATED, window_bits_with_gzip_header, memory_level,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::bad_alloc();  // the only way it fails with these constants
    }
    std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
    stream.next_in = reinterpret_cast<const Bytef*>(bytes.data());
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

}  // namespace parley
