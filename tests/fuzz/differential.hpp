#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace parley::fuzz {

// What a fuzzer gives: one byte of choices, then the bytes of a client.
struct FrameInput {
    bool deflate = false;
    std::uint32_t message_bytes_max = 0;
    std::uint32_t fragments_count_max = 0;
    std::string stream;
};
[[nodiscard]] FrameInput frame_input(std::string_view bytes);

// What a reader made of a stream: what it handed on, and how that ended.
struct Outcome {
    std::vector<std::string> events;
    // "more" where it waits for bytes, "close CODE REASON" where the client closed, "1002" and so
    // on where the stream broke a rule, "drop" where it was given up without a close frame.
    std::string end = "more";
    std::string why;

    friend bool operator==(const Outcome& a, const Outcome& b) {
        return a.events == b.events && a.end == b.end;
    }
};
[[nodiscard]] std::string to_string(const Outcome& outcome);

// Our parser, given the stream in pieces whose sizes are drawn from `seed`, or whole for 0.
[[nodiscard]] Outcome read_by_parser(const FrameInput& input, std::uint64_t seed);
// Beast's websocket::stream over a stream in memory.
[[nodiscard]] Outcome read_by_beast(const FrameInput& input);

// The stream with its last frame header, if that is cut off, filled up with zeros: the parser
// refuses a header as soon as it can, Beast when the header is whole.
[[nodiscard]] std::string with_whole_headers(std::string stream);

// Both readers on the same bytes. `problem` is empty where they agree or differ in a way that
// README.md lists, of which `known` then is the name.
struct Verdict {
    std::string problem;
    std::string_view known;
    std::size_t events = 0;  // that both handed on
};
[[nodiscard]] Verdict compare_readers(FrameInput input);

}  // namespace parley::fuzz
