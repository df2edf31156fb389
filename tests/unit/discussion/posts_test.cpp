#include "support/state_builder.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

using namespace std::chrono_literals;

class Posts : public testing::Test {
protected:
    result<Outcome> post(const std::string& body, std::optional<CommentId> parent = {},
                         std::optional<PostComment::QuoteRequest> quote = {}) {
        return world.apply(ada, PostComment{tram, parent, body, std::move(quote)},
                           world.fresh_key());
    }
    Errc refused(const result<Outcome>& answer) {
        EXPECT_TRUE(answer.has_error());
        EXPECT_TRUE(world.changesets.empty());
        return answer.has_error() ? answer.error().code : Errc::internal;
    }

    test::StateBuilder world;
    Actor ada = world.person("Ada");
    Actor bo = world.person("Bo");
    DiscussionId tram = world.open_discussion();
};

TEST_F(Posts, AreNumberedAndCounted) {
    const CommentId first = world.post(ada, tram, "first");
    const CommentId second = world.post(bo, tram, "second");
    const CommentId reply = world.post(bo, tram, "reply", first);
    const CommentId deeper = world.post(ada, tram, "deeper", reply);
    EXPECT_EQ(format_number(world.comment(second).ordinals), "2");
    EXPECT_EQ(format_number(world.comment(deeper).ordinals), "1.1.1");
    EXPECT_EQ(world.comment(deeper).path, (std::vector{first, reply}));
    EXPECT_EQ(world.comment(deeper).parent, reply);
    EXPECT_EQ(world.comment(deeper).in_reply_to, std::nullopt);
    EXPECT_EQ(world.comment(first).replies, 1);
    EXPECT_EQ(world.comment(reply).replies, 1);
    EXPECT_EQ(world.discussion(tram).comment_count, 4);
    EXPECT_EQ(world.discussion(tram).last_comment_at, world.now());
}

TEST_F(Posts, MakeOneChangesetWithTheParentsTally) {
    const CommentId first = world.post(ada, tram, "first");
    const Seq before = world.discussion(tram).seq;
    const CommentId reply = world.post(bo, tram, "reply *here*", first);
    ASSERT_EQ(world.changesets.size(), 1U);
    const Changeset& change = *world.changesets[0];
    EXPECT_EQ(change.discussion, tram);
    EXPECT_EQ(change.epoch, world.memory.rows.epoch);
    EXPECT_EQ(change.prev, before);
    EXPECT_EQ(change.seq, before + 1);
    EXPECT_EQ(change.comment_count, 2);
    EXPECT_FALSE(change.takes_text_away);
    EXPECT_EQ(change.info, std::nullopt);
    ASSERT_EQ(change.comments.size(), 1U);
    EXPECT_EQ(change.comments[0].id(), reply);
    EXPECT_EQ(change.comments[0].content->author->name, "Bo");
    EXPECT_EQ(change.comments[0].content->stamp, before + 1);
    ASSERT_EQ(change.scores.size(), 1U);
    EXPECT_EQ(change.scores[0], public_tally(world.comment(first)));
    EXPECT_EQ(change.scores[0].replies, 1);
    EXPECT_EQ(change.scores[0].stamp, before + 1);
    // The content of the parent did not change, so neither did its stamp.
    EXPECT_EQ(world.comment(first).stamp, before);
}

TEST_F(Posts, AnswerWithTheComment) {
    const Outcome outcome = post("hello").value();
    const auto& answer = std::get<CommentOutcome>(outcome);
    EXPECT_TRUE(answer.created);
    EXPECT_EQ(answer.comment.content->body, "hello");
    EXPECT_EQ(answer.comment.seq(), world.discussion(tram).seq);
}

TEST_F(Posts, OfOneBatchShareASeq) {
    const Seq before = world.discussion(tram).seq;
    const DiscussionId other = world.open_discussion("other");
    const auto answers = world.run({world.command(ada, PostComment{tram, {}, "one", {}}, "k1"),
                                    world.command(bo, PostComment{tram, {}, "two", {}}, "k1"),
                                    world.command(bo, PostComment{other, {}, "three", {}}, "k2")});
    for (const auto& answer : answers) EXPECT_TRUE(answer.has_value());
    ASSERT_EQ(world.changesets.size(), 2U);
    EXPECT_EQ(world.discussion(tram).seq, before + 1);
    EXPECT_EQ(world.changesets[1]->discussion, tram);
    EXPECT_EQ(world.changesets[1]->comments.size(), 2U);
    EXPECT_EQ(world.changesets[1]->comment_count, 2);
}

TEST_F(Posts, NeedSomebodyAndADiscussion) {
    const PostComment action{tram, {}, "text", {}};
    EXPECT_EQ(world.refusal_of(NobodyInParticular{}, action), Errc::unauthenticated);
    EXPECT_EQ(world.refusal_of(TheOperator{}, action), Errc::unauthenticated);
    EXPECT_EQ(world.refusal_of(ada, PostComment{{"nowhere"}, {}, "text", {}}),
              Errc::unknown_discussion);
    world.account(ada).banned = true;
    EXPECT_EQ(world.refusal_of(ada, action), Errc::banned);
    PutDiscussion lock{tram, {}, {}, {}, {}, DiscussionState::locked, {}};
    ASSERT_TRUE(world.apply(TheOperator{}, lock).has_value());
    EXPECT_EQ(world.refusal_of(bo, action), Errc::discussion_locked);
    EXPECT_EQ(world.discussion(tram).comment_count, 0);
}

TEST_F(Posts, NeedAParentOfTheSameDiscussion) {
    const DiscussionId other = world.open_discussion("other");
    const CommentId elsewhere = world.post(ada, other, "elsewhere");
    EXPECT_EQ(refused(post("reply", elsewhere)), Errc::unknown_comment);
    EXPECT_EQ(refused(post("reply", CommentId{999})), Errc::unknown_comment);
    const CommentId gone = world.post(ada, tram, "gone");
    ASSERT_TRUE(world.apply(ada, DeleteComment{gone}).has_value());
    EXPECT_EQ(refused(post("reply", gone)), Errc::comment_gone);
    const CommentId hidden = world.post(bo, tram, "hidden");
    world.memory.rows.comments.at(hidden).row.state = CommentState::pending;
    EXPECT_EQ(refused(post("reply", hidden)), Errc::unknown_comment);
}

TEST_F(Posts, AreAtMost64Deep) {
    std::optional<CommentId> above;
    for (int depth = 1; depth <= comment_depth_max; ++depth) {
        above = world.post(ada, tram, "depth " + std::to_string(depth), above);
    }
    const CommentId deepest = *above;
    const CommentRow before = world.comment(deepest);
    ASSERT_EQ(before.path.size(), 63U);
    const CommentId moved = world.post(bo, tram, "too deep", deepest);
    const CommentRow& row = world.comment(moved);
    EXPECT_EQ(row.path, before.path);
    EXPECT_EQ(row.parent, before.parent);
    EXPECT_EQ(row.in_reply_to, deepest);
    EXPECT_EQ(row.ordinals.back(), before.ordinals.back() + 1);
    EXPECT_EQ(world.comment(*before.parent).replies, 2);
    EXPECT_EQ(world.comment(deepest).replies, 0);
}

TEST_F(Posts, NeverGoBackInTime) {
    world.post(ada, tram, "first");
    const WallTime first = world.now();
    world.advance(-1h);
    const CommentId second = world.post(ada, tram, "second");
    EXPECT_EQ(world.comment(second).created_at, first);
    world.advance(2h);
    const CommentId third = world.post(ada, tram, "third");
    EXPECT_EQ(world.comment(third).created_at, world.now());
}

TEST_F(Posts, HaveATextThatIsSeen) {
    for (const char* blank : {"", "  \n ", "\u200B", "&nbsp;", "---", "> ", "[a]: http://b.c"}) {
        const auto answer = post(blank);
        EXPECT_EQ(refused(answer), Errc::invalid_field) << blank;
        EXPECT_EQ(answer.error().field, "body");
    }
    EXPECT_EQ(refused(post("bell\a")), Errc::invalid_field);
    const CommentId id = world.post(ada, tram, "  a\r\nb \u202Ec ");
    EXPECT_EQ(world.comment(id).body, "a\nb c");
}

TEST_F(Posts, HaveABoundedText) {
    const std::size_t most = world.limits.comment_bytes_max;
    EXPECT_TRUE(post(" " + std::string(most, 'a') + "\n").has_value());
    const auto answer = post(std::string(most + 1, 'a'));
    EXPECT_EQ(refused(answer), Errc::too_large);
    EXPECT_EQ(answer.error().field, "body");
    world.limits.comment_bytes_max = 3;
    EXPECT_EQ(refused(post("ää")), Errc::too_large);
}

TEST_F(Posts, QuoteWhatWasSaid) {
    const CommentId said = world.post(bo, tram, "The *tram* is late");
    const CommentId good =
        world.post(ada, tram, "no", {}, PostComment::QuoteRequest{said, "“tram is late"});
    // The quotation mark is not in the text, the words are.
    EXPECT_EQ(world.comment(good).quote->verified, false);
    const CommentId exact =
        world.post(ada, tram, "no", said, PostComment::QuoteRequest{said, " tram IS late "});
    EXPECT_EQ(world.comment(exact).quote, (Quote{said, "Bo", "tram IS late", true}));
}

TEST_F(Posts, QuoteOnlyWhatCanBeRead) {
    const DiscussionId other = world.open_discussion("other");
    const CommentId elsewhere = world.post(bo, other, "words");
    const CommentId gone = world.post(bo, tram, "words");
    ASSERT_TRUE(world.apply(bo, DeleteComment{gone}).has_value());
    for (const CommentId id : {elsewhere, gone, CommentId{999}}) {
        EXPECT_EQ(refused(post("x", {}, PostComment::QuoteRequest{id, "words"})),
                  Errc::unknown_comment);
    }
    const CommentId here = world.post(bo, tram, "words");
    for (const std::string& text : {std::string(), std::string("  "), std::string(2'001, 'a')}) {
        const auto answer = post("x", {}, PostComment::QuoteRequest{here, text});
        EXPECT_EQ(refused(answer), Errc::invalid_field);
        EXPECT_EQ(answer.error().field, "quote");
    }
    std::string most;
    for (int i = 0; i < 2'000; ++i) most += "ä";
    EXPECT_TRUE(post("x", {}, PostComment::QuoteRequest{here, most}).has_value());
}

TEST_F(Posts, ThatAreRefusedTakeNoNumber) {
    EXPECT_EQ(refused(post("")), Errc::invalid_field);
    const Seq before = world.discussion(tram).seq;
    const auto answers = world.run({world.command(ada, PostComment{tram, {}, "", {}}, "k1"),
                                    world.command(ada, PostComment{tram, {}, "good", {}}, "k2")});
    EXPECT_TRUE(answers[0].has_error());
    const auto& good = std::get<CommentOutcome>(*answers[1]);
    EXPECT_EQ(good.comment.content->number, "1");
    EXPECT_EQ(world.discussion(tram).seq, before + 1);
}

}  // namespace
}  // namespace parley
