#include "discussion/rules.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

constexpr AccountId ada{1};
constexpr AccountId bo{2};

Viewer viewer(AccountId account, Role role = Role::member) { return {account, role, false, false}; }

Subject subject(CommentState state = CommentState::visible,
                DiscussionState discussion = DiscussionState::open) {
    return {discussion, state, ada, std::chrono::seconds{10}};
}

std::optional<Errc> ask(const Viewer& who, Verb verb, const Subject& what) {
    return refusal(who, verb, what, Limits{});
}

constexpr auto all_verbs = {Verb::read,
                            Verb::post,
                            Verb::edit,
                            Verb::remove,
                            Verb::vote,
                            Verb::moderate,
                            Verb::manage_discussion,
                            Verb::manage_accounts};

TEST(Permissions, WhoIsNotSignedInReadsOnly) {
    for (const Verb verb : all_verbs) {
        const auto expected =
            verb == Verb::read ? std::nullopt : std::optional(Errc::unauthenticated);
        EXPECT_EQ(ask(Viewer{}, verb, subject()), expected);
    }
}

TEST(Permissions, WhoIsBannedReadsOnly) {
    Viewer banned = viewer(ada, Role::admin);
    banned.banned = true;
    for (const Verb verb : all_verbs) {
        const auto expected = verb == Verb::read ? std::nullopt : std::optional(Errc::banned);
        EXPECT_EQ(ask(banned, verb, subject()), expected);
    }
}

TEST(Permissions, TheOperatorMayDoEverything) {
    Viewer the_operator;
    the_operator.is_operator = true;
    for (const Verb verb : all_verbs) {
        EXPECT_EQ(ask(the_operator, verb, subject(CommentState::pending)), std::nullopt);
    }
}

TEST(Permissions, WhatIsHiddenIsUnknown) {
    const Subject hidden = subject(CommentState::pending);
    for (const Verb verb : {Verb::read, Verb::post, Verb::edit, Verb::remove, Verb::vote}) {
        EXPECT_EQ(ask(viewer(bo), verb, hidden), Errc::unknown_comment);
    }
    EXPECT_EQ(ask(viewer(ada), Verb::read, hidden), std::nullopt);
    EXPECT_EQ(ask(viewer(bo, Role::moderator), Verb::read, hidden), std::nullopt);
}

TEST(Permissions, WhatIsGoneIsNotAnsweredVotedOnOrEdited) {
    for (const auto state : {CommentState::removed, CommentState::deleted}) {
        for (const Verb verb : {Verb::post, Verb::edit, Verb::vote}) {
            EXPECT_EQ(ask(viewer(bo), verb, subject(state)), Errc::comment_gone);
            EXPECT_EQ(ask(viewer(ada), verb, subject(state)), Errc::comment_gone);
        }
        EXPECT_EQ(ask(viewer(bo), Verb::read, subject(state)), Errc::comment_gone);
    }
    // What was removed is kept for moderators; what its author deleted is not kept.
    const Viewer moderator = viewer(bo, Role::moderator);
    EXPECT_EQ(ask(moderator, Verb::read, subject(CommentState::removed)), std::nullopt);
    EXPECT_EQ(ask(moderator, Verb::read, subject(CommentState::deleted)), Errc::comment_gone);
}

TEST(Permissions, ALockedDiscussionIsModeratedButNotWrittenIn) {
    const Subject locked = subject(CommentState::visible, DiscussionState::locked);
    for (const Verb verb : {Verb::post, Verb::vote}) {
        EXPECT_EQ(ask(viewer(bo), verb, locked), Errc::discussion_locked);
    }
    EXPECT_EQ(ask(viewer(ada), Verb::edit, locked), Errc::discussion_locked);
    EXPECT_EQ(ask(viewer(ada), Verb::remove, locked), std::nullopt);
    EXPECT_EQ(ask(viewer(bo, Role::moderator), Verb::remove, locked), std::nullopt);
    EXPECT_EQ(ask(viewer(bo, Role::moderator), Verb::moderate, locked), std::nullopt);
    EXPECT_EQ(ask(viewer(bo), Verb::read, locked), std::nullopt);
}

TEST(Permissions, OnlyTheAuthorEditsAndOnlyInTime) {
    EXPECT_EQ(ask(viewer(ada), Verb::edit, subject()), std::nullopt);
    EXPECT_EQ(ask(viewer(bo), Verb::edit, subject()), Errc::forbidden);
    EXPECT_EQ(ask(viewer(bo, Role::admin), Verb::edit, subject()), Errc::forbidden);
    Subject old = subject();
    old.age = std::chrono::seconds{300};
    EXPECT_EQ(ask(viewer(ada), Verb::edit, old), std::nullopt);
    old.age = std::chrono::milliseconds{300'001};
    EXPECT_EQ(ask(viewer(ada), Verb::edit, old), Errc::edit_window_over);
    EXPECT_EQ(ask(viewer(ada), Verb::remove, old), std::nullopt);
}

TEST(Permissions, AuthorsAndModeratorsRemove) {
    EXPECT_EQ(ask(viewer(ada), Verb::remove, subject()), std::nullopt);
    EXPECT_EQ(ask(viewer(bo), Verb::remove, subject()), Errc::forbidden);
    EXPECT_EQ(ask(viewer(bo, Role::moderator), Verb::remove, subject()), std::nullopt);
    EXPECT_EQ(ask(viewer(ada), Verb::moderate, subject()), Errc::forbidden);
    EXPECT_EQ(ask(viewer(bo, Role::admin), Verb::moderate, subject()), std::nullopt);
}

TEST(Permissions, NobodyVotesForThemselves) {
    EXPECT_EQ(ask(viewer(ada), Verb::vote, subject()), Errc::own_comment);
    EXPECT_EQ(ask(viewer(ada, Role::admin), Verb::vote, subject()), Errc::own_comment);
    EXPECT_EQ(ask(viewer(bo), Verb::vote, subject()), std::nullopt);
}

TEST(Permissions, AdminsManage) {
    for (const Verb verb : {Verb::manage_discussion, Verb::manage_accounts}) {
        EXPECT_EQ(ask(viewer(ada), verb, {}), Errc::forbidden);
        EXPECT_EQ(ask(viewer(ada, Role::moderator), verb, {}), Errc::forbidden);
        EXPECT_EQ(ask(viewer(ada, Role::admin), verb, {}), std::nullopt);
    }
}

}  // namespace
}  // namespace parley
