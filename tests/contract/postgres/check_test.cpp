#include "contract/postgres/postgres_fixture.hpp"

#include <algorithm>

namespace parley::test {
namespace {

class PostgresCheck : public PostgresTest {
protected:
    // 1 Ada: root, 2 Ben: reply to 1 with a quote, 3 removed, 4 in another discussion.
    void SetUp() override {
        const auto store = open().value();
        StoreWorld world(*store);
        const Actor ada = world.person("Ada");
        const Actor ben = world.person("Ben");
        const Actor mod = world.person("Mod", Role::moderator);
        const DiscussionId id = world.open_discussion();
        const CommentId root = world.post(ada, id, "root");
        world.post(ben, id, "reply", root, PostComment::QuoteRequest{root, "root"});
        const CommentId removed = world.post(ben, id, "removed");
        (void)world.apply(mod, SetCommentState{removed, CommentState::removed}).value();
        world.post(ada, world.open_discussion("other"), "elsewhere");
        world.vote(ben, root, 1);
        ASSERT_EQ(world.findings(), "");
    }

    // What the check finds after somebody changed the rows, which then are as they were.
    std::string findings_after(const std::string& sql) {
        const std::string copy = server().fresh_database(url.substr(url.rfind('/') + 1));
        // The constraints would not let it happen.
        RawPostgres raw(server().url_of(copy.substr(copy.rfind('/') + 1), "postgres"));
        raw.run("SET session_replication_role = replica; " + sql);
        std::string findings;
        {
            const auto store = open_store(copy, StoreAccess::read_only).value();
            findings = StoreWorld(*store).findings();
        }
        server().drop(copy);
        return findings;
    }
};

TEST_F(PostgresCheck, FindsEveryContradiction) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"UPDATE tallies SET up = 2 WHERE comment = 1", "score: comment 1 counts 2 up"},
        {"DELETE FROM votes", "score: comment 1 counts 1 up"},
        {"UPDATE comments SET stamp = 99 WHERE id = 1", "stamp: comment 1 has stamp 99"},
        {"UPDATE tallies SET stamp = 99 WHERE comment = 1", "stamp: the tally of comment 1"},
        {"UPDATE discussions SET stamp = 99 WHERE id = 1", "stamp: discussion tram-line"},
        {"UPDATE discussion_seqs SET comment_count = 7 WHERE discussion = 1", "comment_count: "},
        {"UPDATE comments SET state = 0 WHERE id = 3", "comment_count: "},
        {"UPDATE tallies SET replies = 0 WHERE comment = 1", "replies: comment 1 counts 0"},
        {"UPDATE comments SET parent = 3 WHERE id = 2", "tree: comment 2 has another path"},
        {"UPDATE comments SET parent = 4 WHERE id = 2", "tree: comment 2 hangs below one"},
        {"UPDATE comments SET in_reply_to = 4 WHERE id = 2", "tree: comment 2 answers one"},
        {"UPDATE comments SET path = '\\x00' WHERE id = 1", "tree: comment 1 has another path"},
        {"UPDATE comments SET path = '\\x00' WHERE id = 1", "tree: comment 2 has a parent whose"},
        {"UPDATE comments SET oldest_key = '\\x0000000200000001' WHERE id = 2",
         "tree: comment 2 has different numbers"},
        {"UPDATE comments SET oldest_key = '\\x00000002', newest_key = '\\xFFFFFFFD' WHERE id = 2",
         "tree: comment 2 is not numbered below its parent"},
        {"UPDATE comments SET newest_key = NULL, oldest_key = NULL WHERE id = 2",
         "tree: comment 2 is public but has no number"},
        {"UPDATE comments SET stamp = 0 WHERE id = 2", "stamp: comment 2 is visible but has no"},
        {"UPDATE comments SET stamp = 0 WHERE id = 3",
         "tree: comment 3 has a number but was never"},
        {"UPDATE comments SET oldest_key = '\\x00000001', newest_key = '\\xFFFFFFFE' WHERE id = 3",
         "number: comment 3 has the number of another"},
        {"UPDATE discussion_seqs SET roots_numbered = 1 WHERE discussion = 1",
         "tree: comment 3 has a number that was never given out"},
        {"UPDATE tallies SET children_numbered = 0 WHERE comment = 1",
         "tree: comment 2 has a number that was never given out"},
        {"UPDATE comments SET quote_comment = 4 WHERE id = 2", "quote: comment 2 quotes 4"},
        {"UPDATE comments SET state = 2 WHERE id = 1", "quote: comment 2 still quotes 1"},
        {"UPDATE comments SET quote_comment = NULL WHERE id = 2",
         "quote: comment 2 has a verified"},
        {"UPDATE comments SET quote_comment = 77 WHERE id = 2",
         "storage: row 2 of comments refers to a row of comments"},
        {"UPDATE comments SET author = 77 WHERE id = 2",
         "storage: row 2 of comments refers to a row of accounts"},
        {"DELETE FROM comments WHERE id = 4", "storage: row 4 of tallies refers"},
        {"DELETE FROM tallies WHERE comment = 3", "storage: comment 3 has no tally"},
        {"DELETE FROM discussion_seqs WHERE discussion = 2",
         "storage: discussion other has no seq"},
        {"UPDATE votes SET discussion = 2", "storage: the vote of account 2 on comment 1"},
        {"UPDATE votes SET account = 77", "storage: the vote of account 77 on comment 1 refers"},
        {"UPDATE idempotency_keys SET account = 77", "storage: a key of account 77 refers"},
        {"UPDATE sessions SET account = 77", "storage: a session refers to account 77"},
        {"INSERT INTO comment_versions VALUES (77, 1, 0, '')", "storage: version 1 of comment 77"},
        {"INSERT INTO import_ids VALUES (1, 's', 'd', 'x', 77)", "storage: imported id x of s"},
        {"SELECT setval('comment_ids', 2)", "storage: the next id of comments is not above 4"},
        {"SELECT setval('account_ids', 1)", "storage: the next id of accounts is not above 3"},
        {"DELETE FROM history; INSERT INTO history SELECT 1, 'e', NULL, NULL, ''"
         " WHERE false; ALTER TABLE history DROP CONSTRAINT history_one_check;"
         " INSERT INTO history VALUES (1, 'e', NULL, NULL, ''), (2, 'e', NULL, NULL, '')",
         "storage: there are 2 rows in history"},
    };
    for (const auto& [sql, expected] : cases) {
        const std::string findings = findings_after(sql);
        EXPECT_NE(findings.find(expected), std::string::npos) << sql << "\nfound: " << findings;
    }
}

TEST_F(PostgresCheck, StopsAfterManyFindings) {
    const std::string findings = findings_after(
        "INSERT INTO import_ids SELECT 1, 's', 'd', i::text, 1000 + i"
        " FROM generate_series(1, 300) AS i");
    EXPECT_EQ(std::count(findings.begin(), findings.end(), '\n'),
              static_cast<std::ptrdiff_t>(check_findings_count_max));
}

// A row that no Parley wrote is an error for whoever reads it, never a wrong answer.
TEST_F(PostgresCheck, RowsThatCannotBeAreRefused) {
    RawPostgres(url).run("UPDATE comments SET path = '\\x00' WHERE id = 1");
    const auto store = open().value();
    const auto reader = store->open_reader().value();
    EXPECT_EQ(error_of(reader->comment(CommentId{1})).code, Errc::corrupt_store);
    Needs needs;
    needs.comments.insert(CommentId{1});
    State state;
    EXPECT_EQ(error_of(store->begin().value()->load(needs, state)).code, Errc::corrupt_store);
}

}  // namespace
}  // namespace parley::test
