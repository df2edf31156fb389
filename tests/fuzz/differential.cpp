#include "differential.hpp"

#include "base/utf8.hpp"
#include "net/websocket/frame_parser.hpp"
#include "net/websocket/inflater.hpp"

#include <algorithm>
#include <array>
#include <random>

namespace parley::fuzz {

namespace {

class OutcomeSink final : public FrameSink {
public:
    void on_text(std::string_view message) override { add("text ", message); }
    void on_binary(std::string_view message) override { add("binary ", message); }
    void on_ping(std::string_view payload) override { add("ping ", payload); }
    void on_pong() override { add("pong", {}); }
    void on_close(std::uint16_t code, std::string_view reason) override {
        outcome.end = "close " + std::to_string(code) + " " + std::string(reason);
    }
    void on_violation(CloseCode code, std::string_view why) override {
        outcome.end = std::to_string(static_cast<int>(code));
        outcome.why = why;
    }

    Outcome outcome;

private:
    void add(std::string_view kind, std::string_view bytes) {
        outcome.events.push_back(std::string(kind) + std::string(bytes));
    }
};

// One way in which the two may differ. README.md has the reasons and the paragraphs.
struct KnownDifference {
    std::string_view name;
    bool (*applies)(const FrameInput& input, const Outcome& ours, const Outcome& beast);
};

bool same_events(const Outcome& a, const Outcome& b) { return a.events == b.events; }

bool is_control_event(const std::string& event) {
    return event.starts_with("ping ") || event == "pong";
}

// One of them went on where the other had ended.
bool begins_with(const Outcome& longer, const Outcome& shorter) {
    return longer.events.size() >= shorter.events.size() &&
           std::equal(shorter.events.begin(), shorter.events.end(), longer.events.begin());
}

unsigned close_code_of(const Outcome& outcome) {
    constexpr std::string_view close = "close ";
    if (!outcome.end.starts_with(close)) return 0;
    return static_cast<unsigned>(std::stoul(outcome.end.substr(close.size())));
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const Utf8Character character = next_utf8_character(text);
        if (!character.valid) return false;
        text.remove_prefix(character.bytes);
    }
    return true;
}

constexpr std::array<KnownDifference, 10> known_differences{{
    {"high-bit",
     [](const FrameInput&, const Outcome& ours, const Outcome& beast) {
         return ours.why == "The length has its highest bit set." && begins_with(beast, ours);
     }},
    {"close-code",
     [](const FrameInput&, const Outcome& ours, const Outcome& beast) {
         const bool over_4999 = ours.end == "1002" && close_code_of(beast) > 4999;
         const bool is_1014 = ours.end.starts_with("close 1014 ") && beast.end == "1002";
         return same_events(ours, beast) && (over_4999 || is_1014);
     }},
    {"close-reason",
     [](const FrameInput&, const Outcome& ours, const Outcome& beast) {
         return same_events(ours, beast) && ours.end == "1007" && beast.end == "1002" &&
                ours.why == "A close reason must be UTF-8.";
     }},
    {"empty-last-fragment",
     [](const FrameInput&, const Outcome& ours, const Outcome& beast) {
         return ours.end == "1007" && begins_with(beast, ours) &&
                beast.events.size() > ours.events.size() &&
                !is_utf8(beast.events[ours.events.size()]);
     }},
    {"fragments",
     [](const FrameInput&, const Outcome& ours, const Outcome& beast) {
         return ours.end == "1008" && begins_with(beast, ours);
     }},
    {"deflated-size",
     [](const FrameInput& input, const Outcome& ours, const Outcome& beast) {
         return input.deflate && ours.end == "1009" && begins_with(beast, ours);
     }},
    {"bad-deflate",
     [](const FrameInput& input, const Outcome& ours, const Outcome& beast) {
         return input.deflate && same_events(ours, beast) && ours.end == "1007" &&
                beast.end == "drop";
     }},
    {"cut-deflate",
     [](const FrameInput& input, const Outcome& ours, const Outcome& beast) {
         return input.deflate && ours.why == "The message does not inflate." &&
                beast.events.size() > ours.events.size() && begins_with(beast, ours);
     }},
    {"last-block",
     [](const FrameInput& input, const Outcome& ours, const Outcome& beast) {
         return input.deflate && beast.end == "drop" && ours.events.size() > beast.events.size() &&
                begins_with(ours, beast);
     }},
    {"inflates-early",
     [](const FrameInput& input, const Outcome& ours, const Outcome& beast) {
         const bool inflating = beast.end == "1007" || beast.end == "1009" || beast.end == "drop";
         if (!input.deflate || !inflating || !begins_with(ours, beast)) return false;
         // Until the message is whole nothing of it has been handed on.
         return std::all_of(ours.events.begin() + static_cast<std::ptrdiff_t>(beast.events.size()),
                            ours.events.end(), is_control_event);
     }},
}};

}  // namespace

FrameInput frame_input(std::string_view bytes) {
    FrameInput input;
    const auto choices = bytes.empty() ? 0U : static_cast<unsigned char>(bytes.front());
    input.deflate = (choices & 1U) != 0;
    input.message_bytes_max = (choices & 2U) != 0 ? 300 : 65'536;
    input.fragments_count_max = 64;
    if (!bytes.empty()) input.stream = bytes.substr(1);
    return input;
}

std::string to_string(const Outcome& outcome) {
    std::string text;
    for (const std::string& event : outcome.events) text += "  " + event + "\n";
    text += "  end: " + outcome.end + " " + outcome.why + "\n";
    return text;
}

Outcome read_by_parser(const FrameInput& input, std::uint64_t seed) {
    static Inflater inflater;
    const FrameLimits limits{input.message_bytes_max, input.fragments_count_max};
    FrameParser parser;
    OutcomeSink sink;
    std::mt19937_64 random(seed);
    std::size_t done = 0;
    while (done < input.stream.size()) {
        const std::size_t left = input.stream.size() - done;
        const std::size_t size = seed == 0 ? left : std::min(left, std::size_t{1} + random() % 40);
        std::vector<char> piece(input.stream.begin() + static_cast<std::ptrdiff_t>(done),
                                input.stream.begin() + static_cast<std::ptrdiff_t>(done + size));
        parser.consume(piece, input.deflate ? &inflater : nullptr, limits, sink);
        done += size;
    }
    return sink.outcome;
}

std::string with_whole_headers(std::string stream) {
    std::size_t at = 0;
    while (at < stream.size()) {
        const auto byte = [&](std::size_t i) -> unsigned {
            return at + i < stream.size() ? static_cast<unsigned char>(stream[at + i]) : 0U;
        };
        const unsigned form = byte(1) & 0x7FU;
        const std::size_t extended = form == 126 ? 2 : form == 127 ? 8 : 0;
        const std::size_t header = 2 + extended + ((byte(1) & 0x80U) != 0 ? 4 : 0);
        if (at + header > stream.size()) {
            stream.resize(at + header, '\0');
            return stream;
        }
        std::uint64_t length = extended == 0 ? form : 0;
        for (std::size_t i = 0; i < extended; ++i) length = length << 8U | byte(2 + i);
        if (length > stream.size()) return stream;
        at += header + length;
    }
    return stream;
}

Verdict compare_readers(FrameInput input) {
    input.stream = with_whole_headers(std::move(input.stream));
    const Outcome ours = read_by_parser(input, 0);
    const Outcome pieces = read_by_parser(input, 1 + input.stream.size());
    if (!(ours == pieces)) {
        return {"whole:\n" + to_string(ours) + "in pieces:\n" + to_string(pieces), {}, 0};
    }
    const Outcome beast = read_by_beast(input);
    const std::size_t events = std::min(ours.events.size(), beast.events.size());
    if (ours == beast) return {{}, {}, events};
    const auto* const known =
        std::find_if(known_differences.begin(), known_differences.end(),
                     [&](const KnownDifference& one) { return one.applies(input, ours, beast); });
    if (known != known_differences.end()) return {{}, known->name, events};
    return {"parser:\n" + to_string(ours) + "Beast:\n" + to_string(beast), {}, events};
}

}  // namespace parley::fuzz
