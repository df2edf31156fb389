#include "support/state_builder.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

using namespace std::chrono_literals;

class Discussions : public testing::Test {
protected:
    // A change of one thing; the rest stays.
    PutDiscussion change() { return {tram, {}, {}, {}, {}, {}, {}}; }
    Errc refused(const PutDiscussion& action) {
        const auto reason = world.refusal_of(admin, action);
        EXPECT_TRUE(world.changesets.empty());
        return reason.value_or(Errc::internal);
    }

    test::StateBuilder world;
    Actor admin = world.person("Ann", Role::admin);
    DiscussionId tram = world.open_discussion();
};

TEST_F(Discussions, AreCreatedWithATitle) {
    PutDiscussion put{{"bus"}, "Buses", "https://a.example/bus", "# Text", {}, {}, {}};
    put.channels = std::vector<Channel>{{"Mastodon", "https://b.example/@a"}};
    const Outcome outcome = world.apply(admin, put).value();
    const auto& answer = std::get<DiscussionOutcome>(outcome);
    EXPECT_TRUE(answer.created);
    EXPECT_EQ(answer.discussion.title, "Buses");
    EXPECT_EQ(answer.discussion.state, DiscussionState::open);
    EXPECT_EQ(answer.discussion.created_at, world.now());
    EXPECT_EQ(answer.discussion.position.seq, 1);
    ASSERT_EQ(world.changesets.size(), 1U);
    EXPECT_EQ(world.changesets[0]->prev, 0);
    EXPECT_EQ(world.changesets[0]->seq, 1);
    EXPECT_EQ(world.changesets[0]->info->title, "Buses");
    EXPECT_EQ(world.discussion({"bus"}).article, "# Text");
    EXPECT_EQ(refused({{"train"}, {}, {}, {}, {}, {}, {}}), Errc::invalid_field);
}

TEST_F(Discussions, ChangeOnlyWhereSomethingIsNew) {
    PutDiscussion put = change();
    EXPECT_FALSE(std::get<DiscussionOutcome>(world.apply(admin, put).value()).created);
    EXPECT_TRUE(world.changesets.empty());
    put.title = world.discussion(tram).title;
    put.state = DiscussionState::open;
    ASSERT_TRUE(world.apply(admin, put).has_value());
    EXPECT_TRUE(world.changesets.empty());
    put.title = "New";
    ASSERT_TRUE(world.apply(admin, put).has_value());
    ASSERT_EQ(world.changesets.size(), 1U);
    EXPECT_EQ(world.changesets[0]->info->title, "New");
    EXPECT_EQ(world.changesets[0]->info->stamp, world.discussion(tram).seq);
    PutDiscussion article = change();
    article.article = "text";
    ASSERT_TRUE(world.apply(admin, article).has_value());
    ASSERT_EQ(world.changesets.size(), 1U);
    EXPECT_TRUE(world.changesets[0]->info.has_value());
    EXPECT_EQ(world.discussion(tram).title, "New");
}

TEST_F(Discussions, AreManagedByAdmins) {
    PutDiscussion put = change();
    put.title = "New";
    EXPECT_EQ(world.refusal_of(NobodyInParticular{}, put), Errc::unauthenticated);
    EXPECT_EQ(world.refusal_of(world.person("Bo"), put), Errc::forbidden);
    EXPECT_EQ(world.refusal_of(world.person("Mo", Role::moderator), put), Errc::forbidden);
    EXPECT_EQ(world.refusal_of(TheOperator{}, put), std::nullopt);
}

TEST_F(Discussions, AreCheckedFieldByField) {
    PutDiscussion put = change();
    for (const std::string& title : {std::string(), std::string(" "), std::string(301, 'a'),
                                     std::string("two\nlines"), std::string("bell\a")}) {
        put.title = title;
        EXPECT_EQ(refused(put), Errc::invalid_field) << title;
    }
    put = change();
    for (const char* url : {"javascript:alert(1)", "/path", "https://a b"}) {
        put.url = url;
        EXPECT_EQ(refused(put), Errc::invalid_field) << url;
    }
    put = change();
    put.channels = std::vector<Channel>{{"", "https://a.example"}};
    EXPECT_EQ(refused(put), Errc::invalid_field);
    put.channels = std::vector<Channel>{{"a", "ftp://a.example"}};
    EXPECT_EQ(refused(put), Errc::invalid_field);
    put.channels = std::vector<Channel>(21, {"a", "https://a.example"});
    EXPECT_EQ(refused(put), Errc::invalid_field);
    put = change();
    put.article = std::string(world.limits.article_bytes_max + 1, 'a');
    EXPECT_EQ(refused(put), Errc::too_large);
    put = change();
    put.url = "";
    put.channels = std::vector<Channel>(20, {"a", "https://a.example"});
    EXPECT_EQ(world.refusal_of(admin, put), std::nullopt);
}

TEST_F(Discussions, ARefusalChangesNothing) {
    PutDiscussion put = change();
    put.title = "New";
    put.url = "bad";
    EXPECT_EQ(refused(put), Errc::invalid_field);
    EXPECT_NE(world.discussion(tram).title, "New");
}

TEST_F(Discussions, HaveTheOperatorsDate) {
    PutDiscussion put{{"old"}, "Old", {}, {}, {}, {}, world.now() - 24h};
    ASSERT_TRUE(world.apply(TheOperator{}, put).has_value());
    EXPECT_EQ(world.discussion({"old"}).created_at, world.now() - 24h);
    put.discussion = {"older"};
    ASSERT_TRUE(world.apply(admin, put).has_value());
    EXPECT_EQ(world.discussion({"older"}).created_at, world.now());
}

TEST_F(Discussions, CreatedAndWrittenInBySameBatch) {
    const auto answers =
        world.run({world.command(admin, PutDiscussion{{"bus"}, "Buses", {}, {}, {}, {}, {}}),
                   world.command(admin, PostComment{{"bus"}, {}, "first", {}}, "k")});
    EXPECT_TRUE(answers[1].has_value());
    ASSERT_EQ(world.changesets.size(), 1U);
    EXPECT_EQ(world.changesets[0]->seq, 1);
    EXPECT_EQ(world.discussion({"bus"}).comment_count, 1);
}

}  // namespace
}  // namespace parley
