// The parser alone, on any bytes: however the stream is cut, it finds the same, and it never holds
// more than its contract says.

#include "differential.hpp"
#include "net/websocket/frame_parser.hpp"
#include "net/websocket/inflater.hpp"
#include "support/client_frames.hpp"

#include <cstdio>
#include <cstdlib>

namespace {

void check(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "%s\n", what);
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace parley;
    const fuzz::FrameInput input = fuzz::frame_input({reinterpret_cast<const char*>(data), size});
    const fuzz::Outcome whole = fuzz::read_by_parser(input, 0);
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        check(fuzz::read_by_parser(input, seed) == whole, "the cuts change what is found");
    }
    static Inflater inflater;
    const FrameLimits limits{input.message_bytes_max, input.fragments_count_max};
    FrameParser parser;
    test::RecordingSink sink;
    for (const char byte : input.stream) {
        std::array<char, 1> one{byte};
        parser.consume(one, input.deflate ? &inflater : nullptr, limits, sink);
        check(parser.held_bytes() <= 2 * std::size_t{limits.message_bytes_max} + 512,
              "it holds too much");
        check(parser.is_midway() || parser.held_bytes() == 0, "it holds memory for nothing");
    }
    return 0;
}
