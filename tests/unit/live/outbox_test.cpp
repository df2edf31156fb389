#include "live/outbox.hpp"

#include "base/limits.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace parley {
namespace {

constexpr std::size_t roomy = 1'000'000;
// What an outbox counts for each frame beside its bytes.
constexpr std::size_t overhead = 32;

Frame frame_of(std::string plain, std::string deflated = {}, std::string event_id = {}) {
    return std::make_shared<const WireFrame>(std::move(plain), std::move(deflated),
                                             std::move(event_id));
}

// "\x81\x03abc": a text frame as an encoder makes it.
Frame text_of(const std::string& payload, std::string event_id = {}) {
    std::string plain{'\x81', static_cast<char>(payload.size())};
    return frame_of(plain + payload, "deflated:" + payload, std::move(event_id));
}

Frame sized(std::size_t bytes) { return frame_of(std::string(bytes, 'x')); }

std::string gathered(const Outbox& outbox) {
    std::array<std::string_view, 64> pieces;
    std::string all;
    const std::size_t count = outbox.gather(pieces);
    for (std::size_t i = 0; i < count; ++i) {
        EXPECT_FALSE(pieces[i].empty());
        all += pieces[i];
    }
    return all;
}

// Sends so many bytes and gives the marks that were taken whole.
std::vector<Seq> send(Outbox& outbox, std::size_t bytes) {
    std::vector<Seq> seqs;
    outbox.sent(bytes, [&](const Outbox::Mark& mark) { seqs.push_back(mark.seq); });
    return seqs;
}

std::string send_all(Outbox& outbox) {
    std::string all;
    while (!outbox.empty()) {
        const std::string next = gathered(outbox);
        EXPECT_FALSE(next.empty());
        send(outbox, next.size());
        all += next;
    }
    return all;
}

void push(Outbox& outbox, const Frame& frame, Outbox::Mark mark) {
    ASSERT_EQ(outbox.push_update(frame, mark, roomy), Outbox::Push::queued);
}

void push(Outbox& outbox, const Frame& frame) {
    ASSERT_EQ(outbox.push_notice(frame, roomy), Outbox::Push::queued);
}

TEST(Outbox, RefusesWhatWouldNotFitAndKeepsWhatItHas) {
    Outbox outbox(FrameForm::plain);
    ASSERT_EQ(outbox.push_notice(sized(80), 200), Outbox::Push::queued);
    EXPECT_EQ(outbox.bytes(), 80 + overhead);
    EXPECT_EQ(outbox.push_update(sized(57), {0, 1}, 200), Outbox::Push::overflow);
    EXPECT_EQ(outbox.push_notice(sized(57), 200), Outbox::Push::overflow);
    EXPECT_EQ(outbox.bytes(), 80 + overhead);
    EXPECT_EQ(outbox.push_update(sized(56), {0, 1}, 200), Outbox::Push::queued);
    EXPECT_EQ(outbox.bytes(), 200U);
    EXPECT_EQ(send_all(outbox).size(), 136U);
    EXPECT_EQ(outbox.bytes(), 0U);
}

TEST(Outbox, TakesOneFrameOfAnySizeWhenEmpty) {
    Outbox outbox(FrameForm::plain);
    EXPECT_EQ(outbox.push_update(sized(5'000'000), {0, 1}, 100), Outbox::Push::queued);
    EXPECT_EQ(outbox.push_update(sized(1), {0, 2}, 100), Outbox::Push::overflow);
    EXPECT_TRUE(send(outbox, 4'999'999).empty());
    EXPECT_EQ(gathered(outbox).size(), 1U);
    EXPECT_EQ(send(outbox, 1), (std::vector<Seq>{1}));
}

TEST(Outbox, NoticesFitBehindTheRestOfALongFrame) {
    Outbox outbox(FrameForm::plain);
    ASSERT_EQ(outbox.push_update(sized(500), {0, 1}, 100), Outbox::Push::queued);
    EXPECT_EQ(outbox.push_notice(sized(10), 100), Outbox::Push::overflow);
    send(outbox, 1);
    EXPECT_EQ(outbox.push_notice(sized(10), 100), Outbox::Push::queued);
    EXPECT_EQ(outbox.push_notice(sized(10), 100), Outbox::Push::queued);
    EXPECT_EQ(outbox.push_notice(sized(10), 100), Outbox::Push::overflow) << "a bound all the same";
    EXPECT_EQ(outbox.push_update(sized(1), {0, 2}, 100), Outbox::Push::overflow);
}

TEST(Outbox, WritesEachFormAndResumesAtEveryByte) {
    const std::array<std::pair<FrameForm, std::string>, 3> forms{{
        {FrameForm::plain,
         "\x81\x01"
         "a\x81\x02"
         "bc\x81\x01"
         "d"},
        {FrameForm::deflated,
         "deflated:adeflated:bc\x81\x01"
         "d"},
        {FrameForm::event, "data: a\n\nid: e:2\ndata: bc\n\ndata: d\n\n"},
    }};
    for (const auto& [form, all] : forms) {
        for (std::size_t first = 0; first <= all.size(); ++first) {
            for (std::size_t second = first; second <= all.size(); ++second) {
                Outbox outbox(form);
                push(outbox, text_of("a"));
                push(outbox, text_of("bc", "e:2"), {0, 2});
                push(outbox, frame_of("\x81\x01"
                                      "d"));
                send(outbox, first);
                ASSERT_EQ(gathered(outbox), all.substr(first)) << first;
                send(outbox, second - first);
                ASSERT_EQ(gathered(outbox), all.substr(second)) << first << " " << second;
                ASSERT_EQ(outbox.empty(), second == all.size());
            }
        }
    }
}

TEST(Outbox, GathersNoMoreThanThereIsRoomFor) {
    Outbox outbox(FrameForm::event);
    push(outbox, text_of("a", "e:1"), {0, 1});
    push(outbox, text_of("b", "e:2"), {0, 2});
    std::array<std::string_view, 9> pieces;
    EXPECT_EQ(outbox.gather(pieces), 5U) << "a frame is gathered whole or not at all";
    EXPECT_EQ(send_all(outbox), "id: e:1\ndata: a\n\nid: e:2\ndata: b\n\n");
}

TEST(Outbox, HandsOverMarksWhenTheLastByteIsTaken) {
    Outbox outbox(FrameForm::plain);
    push(outbox, sized(10), {0, 7});
    push(outbox, sized(10));
    push(outbox, sized(10), {0, 8});
    EXPECT_TRUE(send(outbox, 9).empty());
    EXPECT_EQ(send(outbox, 1), (std::vector<Seq>{7}));
    EXPECT_EQ(send(outbox, 20), (std::vector<Seq>{8}));
    EXPECT_TRUE(outbox.empty());
}

TEST(Outbox, ControlFramesOvertakeDataButNeverInsideAFrame) {
    Outbox outbox(FrameForm::plain);
    push(outbox, frame_of("first"), {0, 1});
    push(outbox, frame_of("second"), {0, 2});
    outbox.push_control(frame_of("<ping 1>"));
    outbox.push_control(frame_of("<ping 2>"));
    EXPECT_EQ(gathered(outbox), "<ping 1><ping 2>firstsecond");
    send(outbox, 18);  // "fi" is on its way
    outbox.push_control(frame_of("<ping 3>"));
    EXPECT_EQ(send_all(outbox), "rst<ping 3>second");
    outbox.push_control(frame_of("<ping 4>"));
    send(outbox, 2);
    outbox.push_control(frame_of("<ping 5>"));
    EXPECT_EQ(send_all(outbox), "ing 4><ping 5>");
}

TEST(Outbox, HoldsABoundedNumberOfControlFramesAndTheNewest) {
    Outbox outbox(FrameForm::plain);
    push(outbox, frame_of("data"));
    for (std::size_t i = 0; i < 1'000; ++i) outbox.push_control(frame_of("<ping>"));
    outbox.push_control(frame_of("<last>"));
    std::string expected;
    for (std::size_t i = 1; i < outbox_control_count_max; ++i) expected += "<ping>";
    EXPECT_EQ(outbox.bytes(),
              4 + 6 * outbox_control_count_max + overhead * (outbox_control_count_max + 1));
    EXPECT_EQ(send_all(outbox), expected + "<last>data");
    EXPECT_EQ(outbox.bytes(), 0U);
}

TEST(Outbox, DropsUpdatesAndKeepsNoticesAndControlFrames) {
    Outbox outbox(FrameForm::plain);
    push(outbox, frame_of("update"), {0, 1});
    push(outbox, frame_of("notice"));
    push(outbox, frame_of("update"), {1, 1});
    outbox.push_control(frame_of("<ping>"));
    outbox.drop_updates();
    EXPECT_EQ(outbox.bytes(), 12 + 2 * overhead);
    EXPECT_EQ(send_all(outbox), "<ping>notice");
}

TEST(Outbox, ThePartlySentUpdateStillCountsWhenUpdatesAreDropped) {
    Outbox outbox(FrameForm::plain);
    push(outbox, frame_of("one"), {0, 1});
    push(outbox, frame_of("two"), {0, 2});
    send(outbox, 2);
    outbox.drop_updates();
    EXPECT_EQ(gathered(outbox), "e");
    EXPECT_EQ(send(outbox, 1), (std::vector<Seq>{1}));
    EXPECT_TRUE(outbox.empty());
}

TEST(Outbox, ThePartlySentUpdateOfADroppedSlotBecomesANotice) {
    Outbox outbox(FrameForm::plain);
    push(outbox, frame_of("one"), {3, 1});
    push(outbox, frame_of("other"), {4, 9});
    push(outbox, frame_of("two"), {3, 2});
    send(outbox, 2);
    outbox.drop_slot(3);
    EXPECT_EQ(gathered(outbox), "eother");
    EXPECT_EQ(send(outbox, 6), (std::vector<Seq>{9})) << "the slot may have a new owner";
    EXPECT_EQ(outbox.bytes(), 0U);
}

TEST(Outbox, DropsAllDataButTheRestOfAFrame) {
    Outbox outbox(FrameForm::plain);
    push(outbox, frame_of("one"), {0, 1});
    push(outbox, frame_of("notice"));
    outbox.push_control(frame_of("<ping>"));
    send(outbox, 8);
    outbox.drop_data();
    outbox.push_control(frame_of("<close>"));
    EXPECT_EQ(gathered(outbox), "e<close>") << "the ping went out, the notice never will";
    EXPECT_TRUE(send(outbox, 8).empty());
}

TEST(Outbox, KeepsItsOrderOverThousandsOfFrames) {
    Outbox outbox(FrameForm::plain);
    Seq pushed = 0;
    Seq taken = 0;
    for (int round = 0; round < 200; ++round) {
        for (int i = 0; i < 30; ++i) push(outbox, sized(7), {0, ++pushed});
        for (const Seq seq : send(outbox, 7 * 29)) EXPECT_EQ(seq, ++taken);
    }
    EXPECT_EQ(outbox.bytes(), 200 * (7 + overhead));
    for (const Seq seq : send(outbox, 7 * 200)) EXPECT_EQ(seq, ++taken);
    EXPECT_EQ(taken, pushed);
    EXPECT_TRUE(outbox.empty());
}

TEST(Outbox, GivesItsMemoryBackWhenEmpty) {
    Outbox outbox(FrameForm::plain);
    EXPECT_EQ(outbox.memory_bytes(), 0U);
    push(outbox, sized(10));
    send_all(outbox);
    const std::size_t quiet = outbox.memory_bytes();
    for (Seq seq = 1; seq <= 100; ++seq) push(outbox, sized(10), {0, seq});
    EXPECT_GT(outbox.memory_bytes(), 100 * sizeof(Frame));
    send_all(outbox);
    EXPECT_LE(outbox.memory_bytes(), quiet);
    for (Seq seq = 1; seq <= 100; ++seq) push(outbox, sized(10), {0, seq});
    send(outbox, 50);
    outbox.drop_updates();
    EXPECT_TRUE(outbox.empty());
    EXPECT_LE(outbox.memory_bytes(), quiet) << "however it became empty";
}

}  // namespace
}  // namespace parley
