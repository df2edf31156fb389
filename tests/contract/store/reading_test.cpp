#include "contract/store/store_contract.hpp"

namespace parley::test {
namespace {

TEST_P(StoreContract, ListsDiscussionsByActivity) {
    const Actor ada = world->person("Ada");
    std::vector<DiscussionId> ids;
    for (int i = 0; i < 7; ++i) {
        PutDiscussion put{DiscussionId{"d" + std::to_string(i)}, "Title", {}, {}, {}, {}, {}};
        put.created_at = WallTime(std::chrono::hours(i));
        (void)world->apply(TheOperator{}, put).value();
        ids.push_back(put.discussion);
    }
    world->post(ada, ids[2], "makes it the most recent");
    const std::vector expected{ids[2], ids[6], ids[5], ids[4], ids[3], ids[1], ids[0]};
    for (std::size_t limit = 1; limit <= 8; ++limit) {
        std::vector<DiscussionId> seen;
        std::optional<std::string> after;
        do {
            const DiscussionPage page = reader().discussions(limit, after).value();
            ASSERT_LE(page.discussions.size(), limit);
            for (const DiscussionView& view : page.discussions) seen.push_back(view.id);
            after = page.next;
        } while (after);
        EXPECT_EQ(seen, expected);
    }
    const DiscussionPage first = reader().discussions(1, {}).value();
    EXPECT_EQ(first.discussions[0], reader().discussion(ids[2]).value()->view);
    EXPECT_EQ(error_of(reader().discussions(1, "no cursor")).code, Errc::invalid_field);
    EXPECT_FALSE(reader().discussion(DiscussionId{"none"}).value().has_value());
}

TEST_P(StoreContract, ReadsOneComment) {
    const Actor ada = world->person("Ada");
    const DiscussionId id = world->open_discussion();
    const CommentId comment = world->post(ada, id, "text");
    world->vote(world->person("Ben"), comment, -1);
    const CommentView view = reader().comment(comment).value().value();
    EXPECT_EQ(view.content->body, "text");
    EXPECT_EQ(view.content->author->name, "Ada");
    EXPECT_EQ(view.tally.score, -1);
    EXPECT_EQ(view.seq(), 3);
    EXPECT_FALSE(reader().comment(CommentId{99}).value().has_value());
}

TEST_P(StoreContract, ReadsAccounts) {
    const Actor ada = world->person("Ada");
    const Actor mod = world->person("Mod", Role::moderator);
    (void)world->apply(TheOperator{}, ImportAccounts{"s", {{"1", "Ada"}, {"2", "Ada"}}}).value();
    const AccountRow row = reader().account(world->account_id(mod)).value().value();
    EXPECT_EQ(row.name, "Mod");
    EXPECT_EQ(row.role, Role::moderator);
    EXPECT_EQ(row.password_hash, "hash of Mod");
    EXPECT_FALSE(row.banned);
    EXPECT_FALSE(reader().account(AccountId{99}).value().has_value());
    EXPECT_EQ(reader().account_by_name_key("Ada").value()->id, world->account_id(ada));
    // Imported accounts have no key and are not found by an empty one.
    EXPECT_FALSE(reader().account_by_name_key("").value().has_value());
    const auto page = reader().accounts(3, AccountId{}).value();
    ASSERT_EQ(page.size(), 3U);
    EXPECT_EQ(reader().accounts(3, page.back().id).value().size(), 1U);
    EXPECT_EQ(error_of(world->apply(TheOperator{}, CreateAccount{"Ada", "Ada", "h", {}})).code,
              Errc::name_taken);
}

TEST_P(StoreContract, ReadsSessionsUntilTheyEnd) {
    const Actor ada = world->person("Ada");
    const AccountId account = world->account_id(ada);
    const Digest256 token = std::get<Digest256>(ada);
    Needs needs;
    needs.sessions.insert(token);
    const State state = world->load(needs);
    const SessionRow session = state.sessions.at(token).row;
    EXPECT_EQ(session.account, account);
    EXPECT_EQ(session.expires_at - session.created_at, session_hours);
    EXPECT_TRUE(state.accounts.contains(account));
    const auto name_at = [&](WallTime now) {
        const auto found = reader().session_account(token, now).value();
        return found ? found->name : "";
    };
    EXPECT_EQ(name_at(session.expires_at - std::chrono::milliseconds(1)), "Ada");
    EXPECT_EQ(name_at(session.expires_at), "");

    const Actor second = world->sign_in(account, "hash of Ada");
    (void)world->apply(ada, EndSession{}).value();
    EXPECT_EQ(name_at(state.now), "");
    EXPECT_TRUE(reader().session_account(std::get<Digest256>(second), state.now).value());
    (void)world->apply(second, SetPassword{account, "new hash"}).value();
    EXPECT_FALSE(reader().session_account(std::get<Digest256>(second), state.now).value());
    EXPECT_EQ(reader().account(account).value()->password_hash, "new hash");
}

TEST_P(StoreContract, ForgetsSessionsThatAreOver) {
    const Actor ada = world->person("Ada");
    State state;
    state.now = world->load({}).now;
    Tracked<SessionRow> old;
    old.fresh = true;
    old.row.token = StoreWorld::digest("old");
    old.row.account = world->account_id(ada);
    old.row.expires_at = state.now - std::chrono::milliseconds(1);
    state.sessions.emplace(old.row.token, old);
    world->save(state);
    Needs needs;
    needs.sessions_of.insert(world->account_id(ada));
    EXPECT_EQ(world->load(needs).sessions.size(), 1U);
}

TEST_P(StoreContract, WalksOverEverything) {
    const Actor ada = world->person("Ada");
    const Actor ben = world->person("Ben");
    const DiscussionId first = world->open_discussion("first");
    const DiscussionId second = world->open_discussion("second");
    const CommentId root = world->post(ada, first, "root");
    const CommentId other = world->post(ada, second, "other");
    const CommentId reply = world->post(ben, first, "reply", root);
    world->vote(ben, root, 1);
    world->vote(ada, reply, -1);
    world->vote(ben, other, 1);

    std::string seen;
    const auto note = [&](const std::string& what) {
        seen += what + " ";
        return true;
    };
    reader().each_discussion([&](const DiscussionRow& row) { return note(row.id.value); }).value();
    EXPECT_EQ(std::exchange(seen, {}), "first second ");
    reader().each_account([&](const AccountRow& row) { return note(row.name); }).value();
    EXPECT_EQ(std::exchange(seen, {}), "Ada Ben ");
    reader().each_comment(first, [&](const CommentRow& row) { return note(row.body); }).value();
    EXPECT_EQ(std::exchange(seen, {}), "root reply ");
    const auto note_vote = [&](AccountId account, CommentId comment, int value) {
        return note(to_string(account) + ":" + to_string(comment) + ":" + std::to_string(value));
    };
    reader().each_vote(first, note_vote).value();
    EXPECT_EQ(std::exchange(seen, {}), "2:1:1 1:3:-1 ");
    // The first row was enough.
    reader().each_account([&](const AccountRow& row) { return !note(row.name); }).value();
    EXPECT_EQ(std::exchange(seen, {}), "Ada ");
}

// --- data that outlives the store ---------------------------------------------------------------

TEST_P(DurableStoreContract, IsTheSameAfterReopening) {
    const Actor ada = world->person("Ada");
    const DiscussionId id = world->open_discussion();
    const PostComment post{id, {}, "once", {}};
    const auto first = world->apply(ada, post, "key").value();
    const Epoch epoch = store->epoch();
    const auto rows = world->comments(id);
    reopen();
    EXPECT_EQ(store->epoch(), epoch);
    EXPECT_EQ(reader().discussion(id).value()->view.position, (Position{epoch, 2}));
    const auto kept = world->comments(id);
    ASSERT_EQ(kept.size(), rows.size());
    EXPECT_EQ(public_tally(kept[0]), public_tally(rows[0]));
    EXPECT_EQ(kept[0].body, "once");
    // The key and the session hold across it.
    const auto again = world->apply(ada, post, "key").value();
    EXPECT_EQ(std::get<CommentOutcome>(again).comment.id(),
              std::get<CommentOutcome>(first).comment.id());
    EXPECT_EQ(world->comments(id).size(), 1U);
}

TEST_P(StoreContract, HasAnEpochOfItsOwn) {
    auto other = GetParam().make_place();
    const auto opened = other->open();
    EXPECT_NE(opened.value()->epoch(), store->epoch());
}

}  // namespace
}  // namespace parley::test
