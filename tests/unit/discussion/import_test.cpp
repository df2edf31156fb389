#include "support/state_builder.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

using namespace std::chrono_literals;

class Import : public testing::Test {
protected:
    void SetUp() override { ASSERT_EQ(accounts({{"u1", "Ada"}, {"u2", "Bo"}}).added, 2U); }
    DoneImport accounts(std::vector<ImportAccount> list) {
        return done(world.apply(TheOperator{}, ImportAccounts{"src", std::move(list)}));
    }
    DoneImport comments(std::vector<ImportComment> list) {
        return done(world.apply(TheOperator{}, ImportComments{"src", tram, std::move(list)}));
    }
    DoneImport votes(std::vector<ImportVote> list) {
        return done(world.apply(TheOperator{}, ImportVotes{"src", tram, std::move(list)}));
    }
    static DoneImport done(const result<Outcome>& answer) {
        return std::get<DoneImport>(answer.value());
    }
    [[nodiscard]] ImportComment item(const std::string& id, const std::string& body,
                                     std::optional<std::string> parent = {}) const {
        ImportComment made;
        made.id = id;
        made.parent = std::move(parent);
        made.author = "u1";
        made.body = body;
        made.created_at = world.now() - 24h;
        return made;
    }
    [[nodiscard]] const CommentRow& imported(const std::string& id) const {
        const ImportKey key{ImportKey::Kind::comment, "src", tram.value, id};
        return world.comment(CommentId{world.memory.rows.imports.at(key).id});
    }
    static Errc reason(const DoneImport& import, const std::string& id) {
        for (const auto& [refused, error] : import.refused) {
            if (refused == id) return error.code;
        }
        ADD_FAILURE() << id << " was not refused";
        return Errc::internal;
    }

    test::StateBuilder world;
    DiscussionId tram = world.open_discussion();
};

TEST_F(Import, IsForTheOperator) {
    const Actor admin = world.person("Ann", Role::admin);
    EXPECT_EQ(world.refusal_of(admin, ImportAccounts{"src", {}}), Errc::forbidden);
    EXPECT_EQ(world.refusal_of(admin, ImportComments{"src", tram, {}}), Errc::forbidden);
    EXPECT_EQ(world.refusal_of(NobodyInParticular{}, ImportVotes{"src", tram, {}}),
              Errc::unauthenticated);
    EXPECT_EQ(world.refusal_of(TheOperator{}, ImportComments{"src", {"nowhere"}, {}}),
              Errc::unknown_discussion);
}

TEST_F(Import, OfAccountsMapsThemOnce) {
    const DoneImport again = accounts({{"u1", "Ada"}, {"u3", "Ada"}, {"u4", " "}});
    EXPECT_EQ(again.known, 1U);
    EXPECT_EQ(again.added, 1U);
    EXPECT_EQ(reason(again, "u4"), Errc::invalid_field);
    for (const auto& [id, tracked] : world.memory.rows.accounts) {
        EXPECT_EQ(tracked.row.name_key, "");
        EXPECT_EQ(tracked.row.password_hash, "");
    }
    // Two lines of the same batch are one account.
    const DoneImport twice = accounts({{"u5", "Cy"}, {"u5", "Cy"}});
    EXPECT_EQ(twice.added, 1U);
    EXPECT_EQ(twice.known, 1U);
}

TEST_F(Import, CutsNamesThatAreTooLong) {
    std::string name;
    for (int i = 0; i < 60; ++i) name += "ä";
    accounts({{"long", name}});
    const ImportKey key{ImportKey::Kind::account, "src", {}, "long"};
    const std::string& stored =
        world.memory.rows.accounts.at(AccountId{world.memory.rows.imports.at(key).id}).row.name;
    EXPECT_EQ(count_code_points(stored), world.limits.name_chars_max);
    EXPECT_TRUE(stored.ends_with("ä…"));
}

TEST_F(Import, OfCommentsKeepsTreeTimesAndScores) {
    const Seq before = world.discussion(tram).seq;
    ImportComment root = item("c1", "root");
    root.base = -12;
    root.edited_at = world.now() - 1h;
    const DoneImport first = comments({root, item("c2", "reply", "c1"), item("c3", "second")});
    EXPECT_EQ(first.added, 3U);
    EXPECT_TRUE(first.refused.empty());
    EXPECT_EQ(format_number(imported("c2").ordinals), "1.1");
    EXPECT_EQ(format_number(imported("c3").ordinals), "2");
    EXPECT_EQ(imported("c1").replies, 1);
    EXPECT_EQ(public_tally(imported("c1")).score, -12);
    EXPECT_EQ(imported("c1").edited_at, world.now() - 1h);
    EXPECT_EQ(imported("c1").created_at, world.now() - 24h);
    EXPECT_EQ(world.discussion(tram).comment_count, 3);
    EXPECT_EQ(world.discussion(tram).last_comment_at, world.now() - 24h);
    ASSERT_EQ(world.changesets.size(), 1U);
    EXPECT_EQ(world.changesets[0]->seq, before + 1);
    EXPECT_EQ(world.changesets[0]->comments.size(), 3U);
}

TEST_F(Import, AfterLivePostsDoesNotMoveTheNewestBack) {
    const Actor live = world.person("Live");
    world.post(live, tram, "now");
    comments({item("c1", "old")});
    EXPECT_EQ(world.discussion(tram).last_comment_at, world.now());
    EXPECT_EQ(imported("c1").created_at, world.now() - 24h);
}

TEST_F(Import, TwiceAddsNothing) {
    const std::vector<ImportComment> list{item("c1", "root"), item("c2", "reply", "c1")};
    comments(list);
    const Seq seq = world.discussion(tram).seq;
    const DoneImport again = comments(list);
    EXPECT_EQ(again.known, 2U);
    EXPECT_EQ(again.added, 0U);
    EXPECT_TRUE(world.changesets.empty());
    EXPECT_EQ(world.discussion(tram).seq, seq);
    EXPECT_EQ(world.discussion(tram).comment_count, 2);
}

TEST_F(Import, OfTheSameIdWithAnotherTextIsReported) {
    comments({item("c1", "root"), item("c2", "reply", "c1")});
    EXPECT_EQ(reason(comments({item("c1", "other")}), "c1"), Errc::conflict);
    EXPECT_EQ(reason(comments({item("c2", "reply")}), "c2"), Errc::conflict);
    EXPECT_EQ(imported("c1").body, "root");
}

TEST_F(Import, AfterARemovalIsKnownStill) {
    comments({item("c1", "root"), item("c2", "two")});
    ASSERT_TRUE(world.apply(TheOperator{}, DeleteComment{imported("c1").id}).has_value());
    EXPECT_EQ(comments({item("c1", "root")}).known, 1U);
    EXPECT_EQ(imported("c1").state, CommentState::removed);
}

TEST_F(Import, HoldsWhatWaitsForAModerator) {
    ImportComment pending = item("waits", "x");
    pending.state = CommentState::pending;
    const DoneImport import = comments({pending, item("good", "x"), item("below", "x", "waits")});
    EXPECT_EQ(import.added, 2U);
    EXPECT_EQ(reason(import, "below"), Errc::conflict);
    EXPECT_TRUE(imported("waits").ordinals.empty());
    EXPECT_EQ(imported("waits").stamp, 0);
    EXPECT_EQ(format_number(imported("good").ordinals), "1");
    ASSERT_EQ(world.changesets.size(), 1U);
    EXPECT_EQ(world.changesets[0]->comments.size(), 1U);
    EXPECT_EQ(world.discussion(tram).comment_count, 1);
    EXPECT_EQ(comments({pending}).known, 1U);
}

TEST_F(Import, RefusesItemByItem) {
    ImportComment stranger = item("stranger", "x");
    stranger.author = "u99";
    ImportComment quoting = item("quoting", "x");
    quoting.quote = ImportComment::QuoteLine{{}, "Ada", std::string(2'001, 'a')};
    const DoneImport import = comments({item("orphan", "x", "nowhere"), item("empty", " "),
                                        stranger, item("large", std::string(20'000, 'a')), quoting,
                                        item("good", "x"), item("child", "x", "orphan")});
    EXPECT_EQ(import.added, 1U);
    EXPECT_EQ(reason(import, "orphan"), Errc::unknown_comment);
    EXPECT_EQ(reason(import, "child"), Errc::unknown_comment);
    EXPECT_EQ(reason(import, "empty"), Errc::invalid_field);
    EXPECT_EQ(reason(import, "stranger"), Errc::invalid_field);
    EXPECT_EQ(reason(import, "large"), Errc::too_large);
    EXPECT_EQ(reason(import, "quoting"), Errc::invalid_field);
    EXPECT_EQ(format_number(imported("good").ordinals), "1");
    ImportComments many{"src", tram, {}};
    many.comments.resize(changeset_comments_max + 1);
    EXPECT_EQ(world.refusal_of(TheOperator{}, many), Errc::too_large);
}

TEST_F(Import, OfTombstonesTakesNumbersButDoesNotCount) {
    ImportComment removed = item("c1", "");
    removed.state = CommentState::removed;
    ImportComment deleted = item("c2", "text that nobody should have", "c1");
    deleted.state = CommentState::deleted;
    const DoneImport import = comments({removed, deleted, item("c3", "reply", "c1")});
    EXPECT_EQ(import.added, 3U);
    EXPECT_EQ(imported("c2").body, "");
    EXPECT_EQ(format_number(imported("c3").ordinals), "1.2");
    EXPECT_EQ(imported("c1").replies, 1);
    EXPECT_EQ(world.discussion(tram).comment_count, 1);
    EXPECT_EQ(imported("c2").stamp, world.discussion(tram).seq);
    EXPECT_EQ(comments({removed, deleted}).known, 2U);
}

TEST_F(Import, VerifiesQuotes) {
    ImportComment good = item("c2", "x");
    good.quote = ImportComment::QuoteLine{"c1", "somebody", "the words"};
    ImportComment wrong = item("c3", "x");
    wrong.quote = ImportComment::QuoteLine{"c1", "somebody", "never said"};
    ImportComment early = item("c4", "x");
    early.quote = ImportComment::QuoteLine{"c9", "somebody", "the words"};
    ImportComment blank = item("c5", "x");
    blank.quote = ImportComment::QuoteLine{"c1", "Ada", ""};
    comments({item("c1", "here are the words"), good, wrong, early, blank});
    const CommentId said = imported("c1").id;
    EXPECT_EQ(imported("c2").quote, (Quote{said, "Ada", "the words", true}));
    EXPECT_EQ(imported("c3").quote, (Quote{said, "Ada", "never said", false}));
    EXPECT_EQ(imported("c4").quote, (Quote{std::nullopt, "somebody", "the words", false}));
    EXPECT_EQ(imported("c5").quote, (Quote{said, "Ada", "", false}));
}

TEST_F(Import, DoesNotShowInAQuoteWhatWasTakenAway) {
    ImportComment removed = item("c1", "the words");
    removed.state = CommentState::removed;
    ImportComment quoting = item("c2", "x");
    quoting.quote = ImportComment::QuoteLine{"c1", "Ada", "the words"};
    comments({removed, quoting});
    EXPECT_EQ(imported("c2").quote, (Quote{imported("c1").id, "", "", false}));
}

TEST_F(Import, MovesUpWhatIsTooDeep) {
    std::vector<ImportComment> chain;
    for (int i = 1; i <= 66; ++i) {
        std::optional<std::string> parent;
        if (i > 1) parent = "c" + std::to_string(i - 1);
        chain.push_back(item("c" + std::to_string(i), "text", parent));
    }
    EXPECT_EQ(comments(chain).added, 66U);
    EXPECT_EQ(imported("c66").path.size(), 63U);
    EXPECT_EQ(imported("c66").in_reply_to, imported("c65").id);
    EXPECT_EQ(imported("c66").parent, imported("c64").parent);
    EXPECT_EQ(comments(chain).known, 66U);
}

TEST_F(Import, InStepsFindsParentsOfEarlierSteps) {
    comments({item("c1", "root")});
    EXPECT_EQ(comments({item("c2", "reply", "c1")}).added, 1U);
    EXPECT_EQ(imported("c2").parent, imported("c1").id);
    EXPECT_EQ(imported("c1").replies, 1);
}

TEST_F(Import, OfVotesCountsEachOnce) {
    ImportComment root = item("c1", "root");
    root.base = 10;
    comments({root});
    const DoneImport first = votes({{"c1", "u1", 1}, {"c1", "u2", -1}, {"c1", "u2", -1}});
    EXPECT_EQ(first.added, 2U);
    EXPECT_EQ(first.known, 1U);
    EXPECT_EQ(imported("c1").up, 1);
    EXPECT_EQ(imported("c1").down, 1);
    EXPECT_EQ(imported("c1").base, 10);
    const DoneImport again = votes({{"c1", "u1", 1}, {"c1", "u2", 1}});
    EXPECT_EQ(again.known, 1U);
    EXPECT_EQ(again.added, 1U);
    EXPECT_EQ(imported("c1").up, 2);
    EXPECT_EQ(imported("c1").down, 0);
    const DoneImport bad = votes({{"c9", "u1", 1}, {"c1", "u9", 1}, {"c1", "u1", 0}});
    EXPECT_EQ(reason(bad, "c9 u1"), Errc::unknown_comment);
    EXPECT_EQ(reason(bad, "c1 u9"), Errc::invalid_field);
    EXPECT_EQ(reason(bad, "c1 u1"), Errc::invalid_field);
    EXPECT_TRUE(world.changesets.empty());
}

}  // namespace
}  // namespace parley
