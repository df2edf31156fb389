#include "unit/store/raw_database.hpp"
#include "unit/store/store_fixture.hpp"

namespace parley::test {
namespace {

class SqliteCheck : public SqliteFileTest {
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

    // What the check finds after somebody changed the rows.
    std::string findings_after(const std::string& sql) {
        const auto spoilt = folder / "spoilt.db";
        copy(file, spoilt);
        RawDatabase(spoilt).run(sql);
        const auto store = open_at(spoilt, StoreAccess::read_only).value();
        return StoreWorld(*store).findings();
    }
};

TEST_F(SqliteCheck, FindsEveryContradiction) {
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
        {"UPDATE comments SET path = x'00' WHERE id = 1", "tree: comment 1 has another path"},
        {"UPDATE comments SET path = x'00' WHERE id = 1", "tree: comment 2 has a parent whose"},
        {"UPDATE comments SET oldest_key = x'0000000200000001' WHERE id = 2",
         "tree: comment 2 has different numbers"},
        {"UPDATE comments SET oldest_key = x'00000002', newest_key = x'FFFFFFFD' WHERE id = 2",
         "tree: comment 2 is not numbered below its parent"},
        {"UPDATE comments SET newest_key = NULL, oldest_key = NULL WHERE id = 2",
         "tree: comment 2 is public but has no number"},
        {"UPDATE comments SET stamp = 0 WHERE id = 2", "stamp: comment 2 is visible but has no"},
        {"UPDATE comments SET stamp = 0 WHERE id = 3",
         "tree: comment 3 has a number but was never"},
        {"UPDATE comments SET oldest_key = x'00000001', newest_key = x'FFFFFFFE' WHERE id = 3",
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
         "storage: row 2 of comments refers"},
        {"DELETE FROM tallies WHERE comment = 3", "storage: comment 3 has no tally"},
        {"DELETE FROM discussion_seqs WHERE discussion = 2",
         "storage: discussion other has no seq"},
        {"UPDATE votes SET discussion = 2", "storage: the vote of account 2 on comment 1"},
        {"INSERT INTO import_ids VALUES (1, 's', 'd', 'x', 77)", "storage: imported id x of s"},
        {"PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'votes_by_account'",
         "storage: "},
    };
    for (const auto& [sql, expected] : cases) {
        EXPECT_NE(findings_after(sql).find(expected), std::string::npos)
            << sql << "\nfound: " << findings_after(sql);
    }
}

TEST_F(SqliteCheck, StopsAfterManyFindings) {
    const std::string findings = findings_after(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)"
        " INSERT INTO import_ids SELECT 1, 's', 'd', i, 1000 + i FROM n");
    EXPECT_EQ(std::count(findings.begin(), findings.end(), '\n'),
              static_cast<std::ptrdiff_t>(check_findings_count_max));
}

// A row that no Parley wrote is an error for whoever reads it, never a wrong answer.
TEST_F(SqliteCheck, RowsThatCannotBeAreRefused) {
    RawDatabase(file).run("UPDATE comments SET path = x'00' WHERE id = 1");
    const auto store = open().value();
    const auto reader = store->open_reader().value();
    EXPECT_EQ(error_of(reader->comment(CommentId{1})).code, Errc::corrupt_store);
    Needs needs;
    needs.comments.insert(CommentId{1});
    State state;
    EXPECT_EQ(error_of(store->begin().value()->load(needs, state)).code, Errc::corrupt_store);
}

// Every page in turn is overwritten: the start refuses the file, or nothing of it is wrong.
TEST_F(SqliteCheck, ADamagedFileIsRefusedAtTheStart) {
    const std::string sound = read(file);
    constexpr std::size_t page_bytes = 4'096;
    std::size_t refused = 0;
    const std::size_t pages = sound.size() / page_bytes;
    for (std::size_t page = 0; page < pages; ++page) {
        std::string bytes = sound;
        bytes.replace(page * page_bytes, page_bytes, std::string(page_bytes, '\x5A'));
        const auto damaged = folder / "damaged.db";
        write(damaged, bytes);
        const auto opened = open_at(damaged);
        if (opened.has_error()) {
            EXPECT_EQ(opened.error().code, Errc::corrupt_store);
            EXPECT_NE(opened.error().message.find("Restore a backup"), std::string::npos);
            ++refused;
        }
    }
    EXPECT_EQ(refused, pages);
}

}  // namespace
}  // namespace parley::test
