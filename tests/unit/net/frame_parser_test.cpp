#include "net/websocket/frame_parser.hpp"

#include "net/websocket/inflater.hpp"
#include "support/client_frames.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley {
namespace {

using test::client_frame;
using test::client_text;
using test::ClientFrame;
using test::close_payload;
using test::deflated;
using test::fin_bit;
using test::RecordingSink;
using test::rsv1_bit;
using testing::ElementsAre;

using Events = std::vector<std::string>;

constexpr FrameLimits limits{1'000, 4};
const std::string e_acute = "\xC3\xA9";

// Gives the pieces to a new parser, each in a buffer of its own that is spoilt afterwards, as the
// next read of another connection would.
Events parse(const std::vector<std::string>& pieces, bool deflate) {
    Inflater inflater;
    FrameParser parser;
    RecordingSink sink;
    for (std::string piece : pieces) {
        parser.consume(piece, deflate ? &inflater : nullptr, limits, sink);
        std::fill(piece.begin(), piece.end(), '#');
    }
    EXPECT_LE(sink.why().size(), close_reason_bytes_max);
    return sink.events();
}

// Whole, byte by byte and in every two parts: what is found is the same.
Events events_of(const std::string& stream, bool deflate = false) {
    Events whole = parse({stream}, deflate);
    std::vector<std::string> bytes;
    for (const char byte : stream) bytes.emplace_back(1, byte);
    EXPECT_EQ(parse(bytes, deflate), whole) << "byte by byte";
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        EXPECT_EQ(parse({stream.substr(0, cut), stream.substr(cut)}, deflate), whole)
            << "cut at " << cut;
    }
    return whole;
}

const std::string protocol_error = "violation 1002";
const std::string bad_payload = "violation 1007";

TEST(FrameParser, IsSmallAndTakesNoMemoryWhileNothingIsHalfReceived) {
    static_assert(sizeof(FrameParser) <= 64);
    FrameParser parser;
    RecordingSink sink;
    std::string whole = client_text("one") + client_frame(1, "two ") +
                        client_frame(fin_bit | 9, "p") + client_frame(fin_bit, "parts");
    parser.consume(whole, nullptr, limits, sink);
    EXPECT_THAT(sink.events(), ElementsAre("text one", "ping p", "text two parts"));
    EXPECT_EQ(parser.held_bytes(), 0U);
    EXPECT_FALSE(parser.is_midway());

    std::string half = client_text("a text of some length, in two reads").substr(0, 20);
    parser.consume(half, nullptr, limits, sink);
    EXPECT_GT(parser.held_bytes(), 0U);
    EXPECT_TRUE(parser.is_midway());
    std::string rest = client_text("a text of some length, in two reads").substr(20);
    parser.consume(rest, nullptr, limits, sink);
    EXPECT_EQ(sink.events().back(), "text a text of some length, in two reads");
    EXPECT_EQ(parser.held_bytes(), 0U);
    EXPECT_FALSE(parser.is_midway());
}

TEST(FrameParser, HandsOutAWholeMessageFromTheCallersBuffer) {
    struct Sink final : FrameSink {
        void on_text(std::string_view message) override { seen = message; }
        void on_binary(std::string_view) override {}
        void on_ping(std::string_view) override {}
        void on_pong() override {}
        void on_close(std::uint16_t, std::string_view) override {}
        void on_violation(CloseCode, std::string_view) override {}
        std::string_view seen;
    } sink;
    FrameParser parser;
    std::string bytes = client_text("hello");
    parser.consume(bytes, nullptr, limits, sink);
    EXPECT_EQ(sink.seen.data(), bytes.data() + 6);
    EXPECT_EQ(sink.seen, "hello");
}

TEST(FrameParser, TakesMemoryForWhatHasArrivedNotForWhatIsDeclared) {
    ClientFrame frame;
    frame.payload = "abc";
    frame.length_form = 127;
    frame.length_declared = 1'000'000;
    FrameParser parser;
    RecordingSink sink;
    std::string bytes = frame.bytes();
    parser.consume(bytes, nullptr, FrameLimits{1'000'000, 4}, sink);
    EXPECT_TRUE(sink.events().empty());
    EXPECT_LT(parser.held_bytes(), 200U);
}

TEST(FrameParser, ReadsMessagesOfEveryLengthForm) {
    for (const std::size_t size : {0, 1, 3, 7, 8, 9, 125, 126, 127, 1'000}) {
        const std::string text(size, 'x');
        EXPECT_THAT(events_of(client_text(text) + client_text("next")),
                    ElementsAre("text " + text, "text next"));
    }
    const std::string large(70'000, 'x');
    FrameParser parser;
    RecordingSink sink;
    std::string bytes = client_text(large);
    parser.consume(bytes, nullptr, FrameLimits{70'000, 4}, sink);
    EXPECT_THAT(sink.events(), ElementsAre("text " + large));
}

TEST(FrameParser, ReadsBinaryMessagesWithoutAskingForUtf8) {
    EXPECT_THAT(events_of(client_frame(fin_bit | 2, "\xFF\xFE")), ElementsAre("binary \xFF\xFE"));
}

TEST(FrameParser, JoinsFragmentsAroundControlFrames) {
    const std::string stream = client_frame(1, "one ") + client_frame(fin_bit | 9, "ping") +
                               client_frame(0, "") + client_frame(fin_bit | 10, "pong") +
                               client_frame(0, "two ") + client_frame(fin_bit, "three") +
                               client_text("four");
    EXPECT_THAT(events_of(stream),
                ElementsAre("ping ping", "pong", "text one two three", "text four"));
}

TEST(FrameParser, RefusesReservedBitsAndOpcodes) {
    for (const unsigned bits : {0x40U, 0x20U, 0x10U, 0x70U}) {
        for (const unsigned opcode : {1U, 2U, 8U, 9U, 10U}) {
            EXPECT_THAT(events_of(client_frame(fin_bit | bits | opcode, "")),
                        ElementsAre(protocol_error));
        }
        EXPECT_THAT(events_of(client_frame(1, "") + client_frame(fin_bit | bits, "")),
                    ElementsAre(protocol_error));
    }
    for (const unsigned opcode : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U}) {
        EXPECT_THAT(events_of(client_text("a") + client_frame(fin_bit | opcode, "x")),
                    ElementsAre("text a", protocol_error));
    }
}

TEST(FrameParser, TakesRsv1OnlyOnTheFirstFrameOfADeflatedMessage) {
    const std::string packed = deflated("hello");
    EXPECT_THAT(events_of(client_frame(fin_bit | rsv1_bit | 1, packed), true),
                ElementsAre("text hello"));
    for (const unsigned bits : {0x60U, 0x50U}) {
        EXPECT_THAT(events_of(client_frame(fin_bit | bits | 1, packed), true),
                    ElementsAre(protocol_error));
    }
    EXPECT_THAT(
        events_of(client_frame(rsv1_bit | 1, packed) + client_frame(fin_bit | rsv1_bit, ""), true),
        ElementsAre(protocol_error));
    for (const unsigned opcode : {8U, 9U, 10U}) {
        EXPECT_THAT(events_of(client_frame(fin_bit | rsv1_bit | opcode, ""), true),
                    ElementsAre(protocol_error));
    }
}

TEST(FrameParser, RefusesFramesThatAreNotMasked) {
    ClientFrame frame;
    frame.masked = false;
    for (const unsigned opcode : {1U, 2U, 8U, 9U, 10U}) {
        frame.first_byte = fin_bit | opcode;
        EXPECT_THAT(events_of(frame.bytes()), ElementsAre(protocol_error));
    }
}

TEST(FrameParser, RefusesLengthsThatAreNotInTheirShortestForm) {
    ClientFrame frame;
    for (const std::size_t size : {0, 1, 125}) {
        frame.payload.assign(size, 'x');
        frame.length_form = 126;
        EXPECT_THAT(events_of(frame.bytes()), ElementsAre(protocol_error));
    }
    for (const std::size_t size : {0, 125, 126, 999}) {
        frame.payload.assign(size, 'x');
        frame.length_form = 127;
        EXPECT_THAT(events_of(frame.bytes()), ElementsAre(protocol_error));
    }
    frame.length_declared = 1ULL << 63U | 5U;
    EXPECT_THAT(events_of(frame.bytes()), ElementsAre(protocol_error));
}

TEST(FrameParser, RefusesControlFramesThatAreLongOrFragmented) {
    for (const unsigned opcode : {8U, 9U, 10U}) {
        EXPECT_THAT(events_of(client_frame(opcode, "")), ElementsAre(protocol_error));
        EXPECT_THAT(events_of(client_frame(fin_bit | opcode, std::string(126, 'x'))),
                    ElementsAre(protocol_error));
    }
    const std::string longest(125, 'x');
    EXPECT_THAT(events_of(client_frame(fin_bit | 9, longest)), ElementsAre("ping " + longest));
}

TEST(FrameParser, RefusesFragmentsThatBelongToNoMessageOrBreakIntoOne) {
    EXPECT_THAT(events_of(client_frame(0, "x")), ElementsAre(protocol_error));
    EXPECT_THAT(events_of(client_frame(fin_bit, "x")), ElementsAre(protocol_error));
    EXPECT_THAT(events_of(client_text("a") + client_frame(fin_bit, "x")),
                ElementsAre("text a", protocol_error));
    EXPECT_THAT(events_of(client_frame(1, "a") + client_text("x")), ElementsAre(protocol_error));
    EXPECT_THAT(events_of(client_frame(2, "a") + client_frame(2, "x")),
                ElementsAre(protocol_error));
}

TEST(FrameParser, BoundsAMessageOverAllItsFragments) {
    EXPECT_THAT(events_of(client_text(std::string(1'000, 'x'))), testing::SizeIs(1));
    const auto too_large = ElementsAre("violation 1009");
    EXPECT_THAT(events_of(client_text(std::string(1'001, 'x'))), too_large);
    EXPECT_THAT(
        events_of(client_frame(1, std::string(600, 'x')) + client_frame(0, std::string(401, 'x'))),
        too_large);
    // A length is refused before its payload, as soon as it is read.
    ClientFrame frame;
    frame.length_form = 127;
    frame.length_declared = ~0ULL >> 1U;
    EXPECT_THAT(events_of(frame.bytes().substr(0, 10)), too_large);
    // The bound is for each message alone.
    const std::string half(600, 'x');
    EXPECT_THAT(parse({client_text(half) + client_text(half)}, false), testing::SizeIs(2));
}

TEST(FrameParser, BoundsTheFragmentsOfAMessage) {
    const std::string more = client_frame(0, "");
    EXPECT_THAT(events_of(client_frame(1, "a") + more + more + client_frame(fin_bit, "b")),
                ElementsAre("text ab"));
    EXPECT_THAT(events_of(client_frame(1, "a") + more + more + more + client_frame(fin_bit, "b")),
                ElementsAre("violation 1008"));
}

TEST(FrameParser, ChecksTextAcrossFragments) {
    const std::string three = "\xE2\x82\xAC";
    for (std::size_t cut = 0; cut <= 3; ++cut) {
        const std::string begin = client_frame(1, three.substr(0, cut));
        EXPECT_THAT(events_of(begin + client_frame(fin_bit, three.substr(cut))),
                    ElementsAre("text " + three));
        if (cut == 0 || cut == 3) continue;
        EXPECT_THAT(events_of(begin + client_frame(fin_bit, "")), ElementsAre(bad_payload));
        EXPECT_THAT(events_of(client_text(three.substr(0, cut))), ElementsAre(bad_payload));
    }
    for (const char* const bad : {"\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80",
                                  "\xF4\x90\x80\x80", "\xF5", "\xFF", "ok\xC3(", "eight ok\xFE"}) {
        EXPECT_THAT(events_of(client_text(bad)), ElementsAre(bad_payload));
    }
    // Before the message is whole.
    EXPECT_THAT(parse({client_frame(1, "\xED\xA0")}, false), ElementsAre(bad_payload));
}

TEST(FrameParser, HandsOnACloseAndIgnoresTheRest) {
    const std::string rest = client_text("late") + client_frame(3, "");
    EXPECT_THAT(events_of(client_frame(fin_bit | 8, "") + rest), ElementsAre("close 1005 "));
    for (const unsigned code : {1000U, 1001U, 1002U, 1003U, 1007U, 1008U, 1009U, 1010U, 1011U,
                                1012U, 1013U, 1014U, 3000U, 3999U, 4000U, 4999U}) {
        std::string stream = client_frame(fin_bit | 8, close_payload(code, "bye " + e_acute));
        stream += rest;
        EXPECT_THAT(events_of(stream),
                    ElementsAre("close " + std::to_string(code) + " bye " + e_acute));
    }
    for (const unsigned code :
         {0U, 1U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 2000U, 2999U, 5000U, 65'535U}) {
        EXPECT_THAT(events_of(client_frame(fin_bit | 8, close_payload(code)) + rest),
                    ElementsAre(protocol_error))
            << code;
    }
    EXPECT_THAT(events_of(client_frame(fin_bit | 8, "\x03")), ElementsAre(protocol_error));
    EXPECT_THAT(events_of(client_frame(fin_bit | 8, close_payload(1000, "\xC3"))),
                ElementsAre(bad_payload));
    EXPECT_THAT(events_of(client_frame(fin_bit | 8, close_payload(1000, "\xFF!"))),
                ElementsAre(bad_payload));
}

TEST(FrameParser, ClosesInTheMiddleOfAMessage) {
    EXPECT_THAT(events_of(client_frame(1, "half") + client_frame(fin_bit | 8, close_payload(1001))),
                ElementsAre("close 1001 "));
}

TEST(FrameParser, InflatesMessages) {
    const std::string text = "The same words, the same words, the same words. " + e_acute;
    const std::string packed = deflated(text);
    const auto first = fin_bit | rsv1_bit | 1;
    EXPECT_THAT(
        events_of(client_frame(first, packed) + client_text("plain") + client_frame(first, packed),
                  true),
        ElementsAre("text " + text, "text plain", "text " + text));
    EXPECT_THAT(
        events_of(client_frame(rsv1_bit | 1, packed.substr(0, 5)) + client_frame(fin_bit | 9, "p") +
                      client_frame(fin_bit, packed.substr(5)),
                  true),
        ElementsAre("ping p", "text " + text));
    EXPECT_THAT(events_of(client_frame(fin_bit | rsv1_bit | 2, deflated("\xFF")), true),
                ElementsAre("binary \xFF"));
    EXPECT_THAT(events_of(client_frame(first, deflated("\xFF")), true), ElementsAre(bad_payload));
    EXPECT_THAT(events_of(client_frame(first, deflated("\xC3")), true), ElementsAre(bad_payload));
    EXPECT_THAT(events_of(client_frame(first, "\x07"), true), ElementsAre(bad_payload));
    EXPECT_THAT(events_of(client_frame(first, deflated(std::string(1'001, 'x'))), true),
                ElementsAre("violation 1009"));
    EXPECT_THAT(parse({client_frame(first, deflated(std::string(1'000, 'x')))}, true),
                ElementsAre("text " + std::string(1'000, 'x')));
}

TEST(FrameParser, StopsWhenItsSinkSaysSo) {
    struct Sink final : FrameSink {
        explicit Sink(FrameParser& to_stop) : parser(to_stop) {}
        void on_text(std::string_view message) override {
            seen += message;
            parser.stop();
            seen += message;  // the view outlives the stop
        }
        void on_binary(std::string_view) override {}
        void on_ping(std::string_view) override {}
        void on_pong() override {}
        void on_close(std::uint16_t, std::string_view) override {}
        void on_violation(CloseCode, std::string_view) override { seen += "!"; }
        FrameParser& parser;
        std::string seen;
    };
    FrameParser parser;
    Sink sink(parser);
    std::string first = client_frame(1, "some words that fit into no small string");
    parser.consume(first, nullptr, limits, sink);
    std::string second = client_frame(fin_bit, ".") + client_text("more") + client_frame(3, "");
    parser.consume(second, nullptr, limits, sink);
    std::string third = client_text("more");
    parser.consume(third, nullptr, limits, sink);
    EXPECT_EQ(sink.seen,
              "some words that fit into no small string.some words that fit into no small string.");
    EXPECT_TRUE(parser.stopped());
    EXPECT_EQ(parser.held_bytes(), 0U);
}

TEST(FrameParser, GivesBackItsMemoryAtAViolation) {
    FrameParser parser;
    RecordingSink sink;
    std::string half = client_frame(1, std::string(500, 'x'));
    parser.consume(half, nullptr, limits, sink);
    EXPECT_GE(parser.held_bytes(), 500U);
    std::string bad = client_frame(3, "");
    parser.consume(bad, nullptr, limits, sink);
    EXPECT_THAT(sink.events(), ElementsAre(protocol_error));
    EXPECT_EQ(parser.held_bytes(), 0U);
}

TEST(CloseCodes, TheTableHasEachCodeOnceAndOnlyThoseThatMayBeSent) {
    for (const CloseCodeRow& row : close_codes) {
        EXPECT_FALSE(row.meaning.empty());
        const auto same = [&](const CloseCodeRow& other) { return other.code == row.code; };
        EXPECT_EQ(std::count_if(close_codes.begin(), close_codes.end(), same), 1);
        EXPECT_EQ(is_close_code(static_cast<unsigned>(row.code)), row.code != CloseCode::no_status);
    }
}

}  // namespace
}  // namespace parley
