#include "contract/store/store_contract.hpp"

namespace parley::test {
namespace {

CommentId id_of(const result<Outcome>& answer) {
    return std::get<CommentOutcome>(answer.value()).comment.id();
}

TEST_P(StoreContract, LoadsNothingOfWhatIsNotThere) {
    Needs needs;
    needs.discussions.insert(DiscussionId{"none"});
    needs.comments.insert(CommentId{7});
    needs.reply_targets.insert(CommentId{8});
    needs.quoters_of.insert(CommentId{7});
    needs.accounts.insert(AccountId{9});
    needs.name_keys.insert("nobody");
    needs.name_keys.insert("");
    needs.sessions.insert(Digest256{});
    needs.sessions_of.insert(AccountId{9});
    needs.keys.emplace_back(Digest256{}, "key");
    needs.votes.emplace_back(Digest256{}, CommentId{7});
    needs.imports.insert({ImportKey::Kind::comment, "source", "none", "1"});
    const State state = world->load(needs);
    EXPECT_EQ(state.epoch, store->epoch());
    EXPECT_FALSE(state.epoch.value.empty());
    EXPECT_TRUE(state.discussions.empty() && state.comments.empty() && state.accounts.empty());
    EXPECT_TRUE(state.sessions.empty() && state.keys.empty() && state.votes.empty());
    EXPECT_TRUE(state.imports.empty() && state.quoters.empty());
    const auto age = std::chrono::system_clock::now() - state.now;
    EXPECT_LT(std::chrono::abs(age), std::chrono::minutes(1));
}

// All members of all rows survive the way to the disk and back.
TEST_P(StoreContract, KeepsEveryMemberOfARow) {
    const DiscussionId id = world->open_discussion();
    PutDiscussion put{id, "Título", "https://example.org/a", "# Article\n", {}, {}, {}};
    put.channels = {{"Name \"quoted\"", "https://example.org/c"}, {"ünï", "http://b.example"}};
    put.state = DiscussionState::locked;
    (void)world->apply(TheOperator{}, put).value();
    const DiscussionDetail detail = reader().discussion(id).value().value();
    EXPECT_EQ(detail.article, "# Article");
    EXPECT_EQ(detail.view.title, "Título");
    EXPECT_EQ(detail.view.url, "https://example.org/a");
    EXPECT_EQ(detail.view.channels, *put.channels);
    EXPECT_EQ(detail.view.state, DiscussionState::locked);
    EXPECT_EQ(detail.view.stamp, 2);
    EXPECT_EQ(detail.view.position, (Position{store->epoch(), 2}));

    (void)world->apply(TheOperator{}, ImportAccounts{"s", {{"u", "Ada"}}}).value();
    ImportComment first{"1", {}, "u", "first", {}, -12, WallTime(std::chrono::hours(9)), {}, {}};
    ImportComment second{"2", "1", "u", "second", {}, 3, WallTime(std::chrono::hours(10)), {}, {}};
    second.edited_at = WallTime(std::chrono::hours(11));
    second.quote = {{"1"}, "Ada", "first"};
    ImportComment third{"3", "2", "u", "third", {}, 0, WallTime(std::chrono::hours(8)), {}, {}};
    third.quote = {{}, "Somebody", "said elsewhere"};
    third.state = CommentState::removed;
    (void)world->apply(TheOperator{}, ImportComments{"s", id, {first, second, third}}).value();
    const auto rows = world->comments(id);
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0].base, -12);
    EXPECT_EQ(rows[0].replies, 1);
    EXPECT_EQ(rows[0].children_numbered, 1);
    EXPECT_EQ(rows[1].parent, rows[0].id);
    EXPECT_EQ(rows[1].created_at, second.created_at);
    EXPECT_EQ(rows[1].edited_at, second.edited_at);
    EXPECT_EQ(rows[1].quote, (Quote{rows[0].id, "Ada", "first", true}));
    EXPECT_EQ(rows[1].replies, 0);
    EXPECT_EQ(rows[2].path, (std::vector{rows[0].id, rows[1].id}));
    EXPECT_EQ(rows[2].ordinals, (std::vector<std::int64_t>{1, 1, 1}));
    EXPECT_EQ(rows[2].quote, (Quote{{}, "Somebody", "said elsewhere", false}));
    EXPECT_EQ(rows[2].body, "third");
    EXPECT_EQ(rows[2].state, CommentState::removed);
    EXPECT_EQ(rows[2].stamp, 3);
    EXPECT_EQ(world->comment(rows[1].id).quote, rows[1].quote);
    EXPECT_EQ(reader().discussion(id).value()->view.last_comment_at, second.created_at);
}

TEST_P(StoreContract, LoadsWhatACommentImplies) {
    const Actor ada = world->person("Ada");
    const Actor ben = world->person("Ben");
    const DiscussionId id = world->open_discussion();
    const CommentId root = world->post(ada, id, "root");
    const CommentId reply = world->post(ben, id, "reply", root);
    Needs needs;
    needs.comments.insert(reply);
    const State state = world->load(needs);
    EXPECT_EQ(state.comments.size(), 2U);
    EXPECT_EQ(state.comments.at(root).row.replies, 1);
    EXPECT_EQ(state.accounts.at(world->account_id(ada)).row.name, "Ada");
    EXPECT_EQ(state.accounts.at(world->account_id(ben)).row.name, "Ben");
    EXPECT_EQ(state.discussions.at(id).row.comment_count, 2);
    EXPECT_FALSE(state.comments.at(reply).fresh || state.comments.at(reply).dirty);
}

// At the greatest depth an answer hangs below the parent of the one it answers.
TEST_P(StoreContract, LoadsWhereADeepAnswerHangs) {
    const Actor ada = world->person("Ada");
    const DiscussionId id = world->open_discussion();
    std::optional<CommentId> deepest;
    for (int depth = 0; depth < comment_depth_max; ++depth) {
        deepest = world->post(ada, id, "deeper", deepest);
    }
    const CommentId answer = world->post(ada, id, "too deep", deepest);
    const CommentRow row = world->comment(answer);
    EXPECT_EQ(row.parent, world->comment(*deepest).parent);
    EXPECT_EQ(row.in_reply_to, deepest);
    EXPECT_EQ(row.path.size(), static_cast<std::size_t>(comment_depth_max) - 1);
    const Window window = reader().window({id, SortOrder::oldest, {}, 100, {}}).value();
    EXPECT_EQ(window.comments.back().id(), answer);
}

TEST_P(StoreContract, GivesIdsThatNobodyHas) {
    const Actor ada = world->person("Ada");
    const DiscussionId id = world->open_discussion();
    Needs needs;
    needs.new_comments = 3;
    needs.new_accounts = 2;
    const State before = world->load(needs);
    ASSERT_EQ(before.fresh_comment_ids.size(), 3U);
    ASSERT_EQ(before.fresh_account_ids.size(), 2U);
    // Taken from the back, lowest first; one that was given out may be lost, but not come back.
    EXPECT_GT(before.fresh_comment_ids.front(), before.fresh_comment_ids.back());
    const CommentId taken = world->post(ada, id, "takes one");
    EXPECT_GE(taken, before.fresh_comment_ids.back());
    const State after = world->load(needs);
    for (const CommentId fresh : after.fresh_comment_ids) EXPECT_GT(fresh, taken);
}

// --- transactions -------------------------------------------------------------------------------

TEST_P(StoreContract, ForgetsWhatWasNotCommitted) {
    const Actor ada = world->person("Ada");
    const DiscussionId id = world->open_discussion();
    const Command post = StoreWorld::command(ada, PostComment{id, {}, "never", {}}, "key");
    {
        auto transaction = store->begin().value();
        Needs needs;
        collect_needs(post, needs);
        State state;
        transaction->load(needs, state).value();
        (void)decide(state, post, world->limits).value();
        transaction->save(state).value();
        EXPECT_EQ(reader().discussion(id).value()->view.comment_count, 0);
    }
    EXPECT_TRUE(world->comments(id).empty());
    EXPECT_EQ(reader().discussion(id).value()->view.position.seq, 1);
    // The key was not remembered either.
    EXPECT_TRUE(std::get<CommentOutcome>(world->run({post}).front().value()).created);
}

// Rows that do not fit those that are there are refused as data, and the store goes on.
TEST_P(StoreContract, RefusesRowsThatDoNotFit) {
    const Actor ada = world->person("Ada");
    const DiscussionId id = world->open_discussion();
    State state;
    Tracked<CommentRow> orphan;
    orphan.fresh = true;
    orphan.row.id = CommentId{50};
    orphan.row.discussion = id;
    orphan.row.author = AccountId{999};
    orphan.row.ordinals = {1};
    state.comments.emplace(orphan.row.id, orphan);
    {
        auto transaction = store->begin().value();
        EXPECT_EQ(error_of(transaction->save(state)).code, Errc::conflict);
    }
    world->post(ada, id, "still works");
    EXPECT_EQ(world->comments(id).size(), 1U);
}

TEST_P(StoreContract, ReadsStandStillInOneSnapshot) {
    const Actor ada = world->person("Ada");
    const DiscussionId id = world->open_discussion();
    for (int i = 0; i < 3; ++i) world->post(ada, id, "before");
    int seen = 0;
    reader()
        .each_comment(id,
                      [&](const CommentRow&) {
                          if (++seen == 1) world->post(ada, id, "meanwhile");
                          return true;
                      })
        .value();
    EXPECT_EQ(seen, 3);
    EXPECT_EQ(world->comments(id).size(), 4U);
}

// --- idempotency --------------------------------------------------------------------------------

TEST_P(StoreContract, RemembersKeysOfAnAccount) {
    const Actor ada = world->person("Ada");
    const Actor ben = world->person("Ben");
    const DiscussionId id = world->open_discussion();
    const PostComment post{id, {}, "once", {}};
    const CommentId first = id_of(world->apply(ada, post, "key"));
    const auto again = world->apply(ada, post, "key");
    EXPECT_EQ(id_of(again), first);
    EXPECT_TRUE(std::get<CommentOutcome>(again.value()).created);
    EXPECT_TRUE(world->changesets.empty());
    EXPECT_EQ(error_of(world->apply(ada, post, "key", "another request")).code, Errc::key_reused);
    EXPECT_NE(id_of(world->apply(ben, post, "key")), first);
    const auto both = world->run({StoreWorld::command(ada, post, "twice in a batch"),
                                  StoreWorld::command(ada, post, "twice in a batch")});
    EXPECT_EQ(id_of(both[0]), id_of(both[1]));
    EXPECT_EQ(world->comments(id).size(), 3U);
}

TEST_P(StoreContract, RemembersTheKeyOfADiscussion) {
    const Actor admin = world->person("Root", Role::admin);
    PutDiscussion put{DiscussionId{"new"}, "Title", {}, {}, {}, {}, {}};
    for (int i = 0; i < 2; ++i) {
        const auto answer = world->apply(admin, put, "key");
        EXPECT_TRUE(std::get<DiscussionOutcome>(answer.value()).created);
    }
    EXPECT_EQ(reader().discussion(put.discussion).value()->view.position.seq, 1);
}

// A post's key lives as long as its comment, others idempotency_key_hours.
TEST_P(StoreContract, ForgetsOldKeysOfVotes) {
    const Actor ada = world->person("Ada");
    const DiscussionId id = world->open_discussion();
    const CommentId comment = world->post(ada, id, "text");
    const AccountId account = world->account_id(ada);
    const WallTime now = world->load({}).now;
    const auto key_of = [&](WallTime created_at, bool created) {
        Tracked<KeyRow> key;
        key.fresh = true;
        key.row.comment = comment;
        key.row.created = created;
        key.row.created_at = created_at;
        return key;
    };
    const WallTime long_ago = now - idempotency_key_hours - std::chrono::minutes(1);
    State state;
    state.now = now;
    state.keys.emplace(std::pair(account, "old vote"), key_of(long_ago, false));
    state.keys.emplace(std::pair(account, "old post"), key_of(long_ago, true));
    state.keys.emplace(std::pair(account, "vote"), key_of(now, false));
    world->save(state);
    world->post(ada, id, "any transaction");
    Needs needs;
    needs.sessions.insert(std::get<Digest256>(ada));
    for (const char* key : {"old vote", "old post", "vote"}) needs.keys.emplace_back(ada, key);
    const State loaded = world->load(needs);
    EXPECT_FALSE(loaded.keys.contains(std::pair(account, std::string("old vote"))));
    EXPECT_TRUE(loaded.keys.contains(std::pair(account, std::string("old post"))));
    EXPECT_TRUE(loaded.keys.contains(std::pair(account, std::string("vote"))));
    EXPECT_TRUE(loaded.comments.contains(comment));
}

// --- votes, quotes, pages of an author, imports -------------------------------------------------

TEST_P(StoreContract, KeepsOneVoteOfAnAccountOnAComment) {
    const Actor ada = world->person("Ada");
    const Actor ben = world->person("Ben");
    const DiscussionId id = world->open_discussion();
    const CommentId comment = world->post(ada, id, "text");
    const AccountId voter = world->account_id(ben);
    for (const int value : {1, 1, -1}) world->vote(ben, comment, value);
    EXPECT_EQ(world->comment(comment).up, 0);
    EXPECT_EQ(world->comment(comment).down, 1);
    const auto votes = reader().votes_of(voter, id).value();
    ASSERT_EQ(votes.size(), 1U);
    EXPECT_EQ(votes[0].comment, comment);
    EXPECT_EQ(votes[0].value, -1);
    world->vote(ben, comment, 0);
    EXPECT_TRUE(reader().votes_of(voter, id).value().empty());
    EXPECT_EQ(world->comment(comment).down, 0);
}

TEST_P(StoreContract, FindsTheQuotesOfAComment) {
    const Actor ada = world->person("Ada");
    const DiscussionId id = world->open_discussion();
    const CommentId quoted = world->post(ada, id, "words");
    std::vector<Command> posts;
    const auto quote = [&](const std::string& text) {
        PostComment post{id, {}, "see", PostComment::QuoteRequest{quoted, text}};
        posts.push_back(StoreWorld::command(ada, std::move(post), world->fresh_key()));
    };
    for (std::size_t i = 0; i <= quotes_blanked_per_change_max; ++i) quote("words");
    quote("not what it says");
    (void)world->run(posts);
    const auto removed = world->apply(ada, DeleteComment{quoted});
    EXPECT_TRUE(std::get<CommentOutcome>(removed.value()).more_quotes);
    const auto count_left = [&] {
        std::size_t left = 0;
        for (const CommentRow& row : world->comments(id)) {
            if (row.quote && is_telling(*row.quote)) ++left;
        }
        return left;
    };
    EXPECT_EQ(count_left(), 2U);
    EXPECT_EQ(reader().removed_but_quoted(9).value(), std::vector{quoted});
    (void)world->apply(TheOperator{}, BlankQuotes{quoted}).value();
    EXPECT_EQ(count_left(), 0U);
    EXPECT_TRUE(reader().removed_but_quoted(9).value().empty());
    Needs needs;
    needs.quoters_of.insert(quoted);
    EXPECT_TRUE(world->load(needs).quoters.empty());
}

TEST_P(StoreContract, PagesThroughTheCommentsOfAnAuthor) {
    const Actor ada = world->person("Ada");
    const Actor ben = world->person("Ben");
    const DiscussionId id = world->open_discussion();
    const DiscussionId other = world->open_discussion("other");
    std::vector<Command> posts;
    for (std::size_t i = 0; i <= changeset_comments_max; ++i) {
        posts.push_back(
            StoreWorld::command(ada, PostComment{id, {}, "text", {}}, world->fresh_key()));
    }
    (void)world->run(posts);
    world->post(ben, id, "not hers");
    world->post(ada, other, "elsewhere");
    const AccountId account = world->account_id(ada);
    const auto step = [&](CommentId after) {
        const auto answer = world->apply(TheOperator{}, RestampAuthor{account, id, after});
        return std::get<DoneJob>(answer.value()).next;
    };
    const auto next = step(CommentId{});
    ASSERT_TRUE(next.has_value());
    EXPECT_EQ(world->changesets.front()->comments.size(), changeset_comments_max);
    EXPECT_FALSE(step(*next).has_value());
    EXPECT_EQ(world->changesets.front()->comments.size(), 1U);
    EXPECT_EQ(reader().discussions_of(account).value(), (std::vector{other, id}));
}

TEST_P(StoreContract, MapsImportedIds) {
    const DiscussionId id = world->open_discussion();
    const auto import = [&](const std::string& source) {
        (void)world->apply(TheOperator{}, ImportAccounts{source, {{"u", "Ada"}}}).value();
        ImportComment comment;
        comment.id = "c";
        comment.author = "u";
        comment.body = "text";
        const auto comments =
            world->apply(TheOperator{}, ImportComments{source, id, {comment}}).value();
        const auto votes =
            world->apply(TheOperator{}, ImportVotes{source, id, {{"c", "u", 1}}}).value();
        return std::pair(std::get<DoneImport>(comments).added, std::get<DoneImport>(votes).added);
    };
    EXPECT_EQ(import("one"), std::pair(std::size_t{1}, std::size_t{1}));
    EXPECT_EQ(import("one"), std::pair(std::size_t{0}, std::size_t{0}));
    EXPECT_EQ(import("two"), std::pair(std::size_t{1}, std::size_t{1}));
    EXPECT_EQ(world->comments(id).size(), 2U);
    EXPECT_EQ(reader().accounts(9, AccountId{}).value().size(), 2U);
}

}  // namespace
}  // namespace parley::test
