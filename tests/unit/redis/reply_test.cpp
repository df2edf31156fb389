#include "redis/reply.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace parley::redis {
namespace {

using namespace std::literals;

constexpr ReplyReader::Bounds bounds{1'000, 100};

// What a stream gives, fed in pieces of `size`, and how it ends.
struct Outcome {
    std::vector<Reply> replies;
    std::optional<Errc> error;
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read_in_pieces(std::string_view bytes, std::size_t size,
                       ReplyReader::Bounds limits = bounds) {
    ReplyReader reader(limits);
    Outcome outcome;
    while (!bytes.empty()) {
        const std::string_view piece = bytes.substr(0, size);
        bytes.remove_prefix(piece.size());
        const auto read =
            reader.read(piece, [&](Reply&& reply) { outcome.replies.push_back(std::move(reply)); });
        if (read.has_value()) continue;
        outcome.error = read.error().code;
        break;
    }
    return outcome;
}

Reply text(std::string value) { return {Reply::Kind::text, 0, std::move(value), {}}; }
Reply status(std::string value) { return {Reply::Kind::status, 0, std::move(value), {}}; }
Reply error(std::string value) { return {Reply::Kind::error, 0, std::move(value), {}}; }
Reply integer(std::int64_t value) { return {Reply::Kind::integer, value, {}, {}}; }
Reply list(std::vector<Reply> items) { return {Reply::Kind::list, 0, {}, std::move(items)}; }

std::vector<Reply> every_reply() {
    return {status("OK"),
            error("NOPERM no such luck"),
            integer(-42),
            text("he\r\no"),
            text(""),
            Reply{},
            Reply{},
            list({}),
            list({text("message"), text("a"), text(std::string("\0\xFF"sv))}),
            list({list({integer(1), list({status("x")})}), Reply{}})};
}

constexpr std::string_view stream =
    "+OK\r\n-NOPERM no such luck\r\n:-42\r\n$5\r\nhe\r\no\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n"
    "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\n\0\xFF\r\n"
    "*2\r\n*2\r\n:1\r\n*1\r\n+x\r\n$-1\r\n"sv;

TEST(ReplyReader, ReadsEveryTypeHoweverTheBytesAreCut) {
    for (std::size_t size = 1; size <= stream.size(); ++size) {
        const Outcome outcome = read_in_pieces(stream, size);
        EXPECT_EQ(outcome.error, std::nullopt) << size;
        EXPECT_EQ(outcome.replies, every_reply()) << size;
    }
}

TEST(ReplyReader, ReadsEveryTypeCutInTwoAtEachByte) {
    for (std::size_t cut = 1; cut < stream.size(); ++cut) {
        ReplyReader reader(bounds);
        std::vector<Reply> replies;
        const auto take = [&](Reply&& reply) { replies.push_back(std::move(reply)); };
        ASSERT_TRUE(reader.read(stream.substr(0, cut), take).has_value()) << cut;
        ASSERT_TRUE(reader.read(stream.substr(cut), take).has_value()) << cut;
        EXPECT_EQ(replies, every_reply()) << cut;
        EXPECT_EQ(reader.held_bytes(), 0U) << cut;
    }
}

TEST(ReplyReader, GivesUpOnWhatIsNotResp) {
    for (const std::string_view bytes :
         {"hello\r\n", "%1\r\n", ":1x\r\n", ":\r\n", "*x\r\n", "*-2\r\n", "$-2\r\n", "$x\r\n",
          "*2147483648\r\n", "*99999999999999999999\r\n", "$99999999999999999999\r\n",
          "*1\r\n!\r\n"}) {
        for (const std::size_t size : {std::size_t{1}, std::size_t{100}}) {
            const Outcome outcome = read_in_pieces(bytes, size);
            EXPECT_TRUE(outcome.replies.empty()) << bytes;
            EXPECT_EQ(outcome.error, Errc::malformed) << bytes << " in pieces of " << size;
        }
    }
}

TEST(ReplyReader, StaysDeadAfterAnError) {
    ReplyReader reader(bounds);
    int replies = 0;
    const auto take = [&](Reply&&) { ++replies; };
    ASSERT_TRUE(reader.read(std::string_view("nonsense\r\n"), take).has_error());
    EXPECT_EQ(reader.read(std::string_view("+OK\r\n"), take).error().code, Errc::malformed);
    EXPECT_EQ(replies, 0);
    EXPECT_EQ(reader.held_bytes(), 0U);
}

TEST(ReplyReader, BoundsOneReplyInBytes) {
    const std::string most = "$1000\r\n" + std::string(1'000, 'x') + "\r\n";
    const Outcome good = read_in_pieces(most + most, 7);
    EXPECT_EQ(good.error, std::nullopt);
    EXPECT_EQ(good.replies.size(), 2U);
    const Outcome over = read_in_pieces("$1001\r\n" + std::string(1'001, 'x') + "\r\n", 50'000);
    EXPECT_EQ(over.error, Errc::too_large);
    // One that only says that it is large costs nothing until it comes.
    EXPECT_EQ(read_in_pieces("$9223372036854775807\r\n", 3).error, std::nullopt);
    EXPECT_EQ(read_in_pieces("$9223372036854775807\r\n" + std::string(2'000, 'x'), 3).error,
              Errc::too_large);
    EXPECT_EQ(read_in_pieces("+" + std::string(2'000, 'x'), 10).error, Errc::too_large)
        << "a line without an end";
    const std::string parts =
        "*2\r\n$600\r\n" + std::string(600, 'x') + "\r\n$600\r\n" + std::string(600, 'x') + "\r\n";
    EXPECT_EQ(read_in_pieces(parts, 10).error, Errc::too_large) << "together they are too much";
}

TEST(ReplyReader, BoundsOneReplyInParts) {
    std::string most = "*99\r\n*1\r\n:1\r\n";
    for (int i = 0; i < 98; ++i) most += ":1\r\n";
    EXPECT_EQ(read_in_pieces(most, 5).error, std::nullopt);
    EXPECT_EQ(read_in_pieces("*101\r\n", 100).error, Errc::too_large);
    EXPECT_EQ(read_in_pieces("*2147483647\r\n", 100).error, Errc::too_large);
    std::string wide = "*10\r\n";
    for (int i = 0; i < 10; ++i) wide += "*10\r\n" + std::string(10 * 4, ' ');
    EXPECT_TRUE(read_in_pieces(wide, 1).error.has_value());
}

TEST(ReplyReader, BoundsTheDepth) {
    const auto nested = [](int depth) {
        std::string bytes;
        for (int i = 0; i < depth; ++i) bytes += "*1\r\n";
        return bytes + ":1\r\n";
    };
    EXPECT_EQ(read_in_pieces(nested(7), 3).replies.size(), 1U);
    EXPECT_EQ(read_in_pieces(nested(9), 3).error, Errc::malformed);
    EXPECT_EQ(read_in_pieces(nested(50), 200).error, Errc::malformed);
}

TEST(ReplyReader, AnyBytesDoNoHarmHoweverTheyAreCut) {
    std::mt19937 random(7);
    constexpr std::string_view alphabet = "+-:$*0123456789\r\n\r\n\r\nax";
    for (int i = 0; i < 3'000; ++i) {
        std::string bytes;
        for (std::size_t k = random() % 60; k > 0; --k)
            bytes += alphabet[random() % alphabet.size()];
        EXPECT_EQ(read_in_pieces(bytes, 1), read_in_pieces(bytes, 1'000)) << bytes;
    }
}

TEST(AppendCommand, WritesWordsOfAnyBytes) {
    std::string out = "before";
    const std::array<std::string_view, 3> words{"PUBLISH", "a b", "\0\r\n"sv};
    append_command(out, words);
    EXPECT_EQ(out, "before*3\r\n$7\r\nPUBLISH\r\n$3\r\na b\r\n$3\r\n\0\r\n\r\n"sv);
    const Outcome read = read_in_pieces(std::string_view(out).substr(6), 4);
    ASSERT_EQ(read.replies.size(), 1U);
    EXPECT_EQ(read.replies.front(),
              list({text("PUBLISH"), text("a b"), text(std::string("\0\r\n"sv))}));
}

}  // namespace
}  // namespace parley::redis
