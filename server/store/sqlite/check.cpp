#include "base/limits.hpp"
#include "store/check_tree.hpp"
#include "store/sqlite/reader.hpp"

#include <algorithm>

namespace parley::sqlite {

namespace {

// A statement that gives one row with a sentence for each violation.
struct Rule {
    const char* invariant = "";
    Sql sql;
};

constexpr std::array rules{
    Rule{"storage",
         "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> "
         "'ok'"},
    Rule{"storage",
         "SELECT format('row %d of %s refers to a row of %s that is not there', rowid, \"table\","
         " parent) FROM pragma_foreign_key_check"},
    Rule{"storage",
         "SELECT format('there are %d rows in history, not 1', n)"
         " FROM (SELECT count(*) AS n FROM history) WHERE n <> 1"},
    Rule{"storage",
         "SELECT format('comment %d has no tally of its discussion', c.id) FROM comments c"
         " LEFT JOIN tallies t ON t.comment = c.id WHERE t.discussion IS NOT c.discussion"},
    Rule{"storage",
         "SELECT format('discussion %s has no seq', d.slug) FROM discussions d"
         " LEFT JOIN discussion_seqs s ON s.discussion = d.id WHERE s.discussion IS NULL"},
    Rule{"storage",
         "SELECT format('the vote of account %d on comment %d is filed under another discussion',"
         " v.account, v.comment) FROM votes v JOIN comments c ON c.id = v.comment"
         " WHERE v.discussion <> c.discussion"},
    Rule{"storage",
         "SELECT format('imported id %s of %s names %d, which is not there', id, source, target)"
         " FROM import_ids i WHERE CASE kind"
         " WHEN 0 THEN NOT EXISTS (SELECT 1 FROM accounts WHERE id = i.target)"
         " ELSE NOT EXISTS (SELECT 1 FROM comments WHERE id = i.target) END"},
    Rule{"score",
         "SELECT format('comment %d counts %d up and %d down, on record are %d and %d', t.comment,"
         " t.up, t.down, coalesce(v.up, 0), coalesce(v.down, 0)) FROM tallies t LEFT JOIN"
         " (SELECT comment, sum(value = 1) AS up, sum(value = -1) AS down FROM votes"
         " GROUP BY comment) v ON v.comment = t.comment"
         " WHERE t.up <> coalesce(v.up, 0) OR t.down <> coalesce(v.down, 0)"},
    Rule{"stamp",
         "SELECT format('discussion %s has stamp %d and seq %d', d.slug, d.stamp, s.seq)"
         " FROM discussions d JOIN discussion_seqs s ON s.discussion = d.id"
         " WHERE d.stamp NOT BETWEEN 0 AND s.seq"},
    Rule{"stamp",
         "SELECT format('comment %d has stamp %d, its discussion seq %d', c.id, c.stamp, s.seq)"
         " FROM comments c JOIN discussion_seqs s ON s.discussion = c.discussion"
         " WHERE c.stamp NOT BETWEEN 0 AND s.seq"},
    Rule{"stamp",
         "SELECT format('the tally of comment %d has stamp %d, its discussion seq %d', t.comment,"
         " t.stamp, s.seq) FROM tallies t JOIN discussion_seqs s ON s.discussion = t.discussion"
         " WHERE t.stamp NOT BETWEEN 0 AND s.seq"},
    Rule{"stamp",
         "SELECT format('comment %d is visible but has no stamp', id) FROM comments"
         " WHERE state = 0 AND stamp = 0"},
    Rule{"comment_count",
         "SELECT format('discussion %s counts %d comments, visible are %d', d.slug,"
         " s.comment_count, coalesce(c.n, 0)) FROM discussions d"
         " JOIN discussion_seqs s ON s.discussion = d.id LEFT JOIN (SELECT discussion,"
         " count(*) AS n FROM comments WHERE state = 0 GROUP BY discussion) c"
         " ON c.discussion = d.id WHERE s.comment_count <> coalesce(c.n, 0)"},
    Rule{"replies",
         "SELECT format('comment %d counts %d replies, visible are %d', t.comment, t.replies,"
         " coalesce(c.n, 0)) FROM tallies t LEFT JOIN (SELECT parent, count(*) AS n FROM comments"
         " WHERE state = 0 AND parent IS NOT NULL GROUP BY parent) c ON c.parent = t.comment"
         " WHERE t.replies <> coalesce(c.n, 0)"},
    Rule{"erasure",
         "SELECT format('account %d was erased, comment %d is still its own', a.id, c.id)"
         " FROM accounts a JOIN comments c ON c.author = a.id"
         " WHERE a.erasure = 2 AND (c.state <> 3 OR c.body <> '')"},
    Rule{"erasure",
         "SELECT format('account %d was erased, its vote on comment %d is on record', a.id,"
         " v.comment) FROM accounts a JOIN votes v ON v.account = a.id WHERE a.erasure = 2"},
    Rule{"number",
         "SELECT format('comment %d has the number of another one', max(id)) FROM comments"
         " WHERE oldest_key IS NOT NULL GROUP BY discussion, oldest_key HAVING count(*) > 1"},
    Rule{"quote",
         "SELECT format('comment %d quotes %d, which is in another discussion', c.id, q.id)"
         " FROM comments c JOIN comments q ON q.id = c.quote_comment"
         " WHERE q.discussion <> c.discussion"},
    Rule{"quote",
         "SELECT format('comment %d still quotes %d, which was taken away', q.id, c.id)"
         " FROM comments q JOIN comments c ON c.id = q.quote_comment"
         " WHERE q.quote_verified = 1 AND c.state <> 0"},
    Rule{"quote",
         "SELECT format('comment %d has a verified quote of nothing', id) FROM comments"
         " WHERE quote_verified = 1 AND (quote_comment IS NULL OR quote_author IS NULL)"},
};

class Checker {
public:
    explicit Checker(Connection& connection) : connection_(connection) {}

    [[nodiscard]] result<std::vector<CheckFinding>> run() {
        for (const Rule& rule : rules) {
            if (auto done = check_rule(rule); done.has_error()) return done.error();
        }
        if (auto done = check_tree(); done.has_error()) return done.error();
        return std::move(findings_);
    }

private:
    [[nodiscard]] bool is_full() const { return findings_.size() >= check_findings_count_max; }
    void add(std::string_view invariant, std::string message) {
        if (!is_full()) findings_.push_back({std::string(invariant), std::move(message)});
    }

    [[nodiscard]] result<void> check_rule(const Rule& rule) {
        Query query = connection_.query(rule.sql);
        while (!is_full()) {
            const result<bool> row = query.next();
            if (row.has_error()) return damage_or_error(row.error());
            if (!*row) return {};
            add(rule.invariant, query.text(0));
        }
        return {};
    }

    // A page that cannot be read is what the check was asked about, not a failure of it.
    [[nodiscard]] result<void> damage_or_error(const Error& error) {
        if (error.code != Errc::corrupt_store) return error;
        add("storage", "the file is damaged: a part of it cannot be read");
        return {};
    }

    // One pass over all comments, each beside its parent.
    [[nodiscard]] result<void> check_tree() {
        Query query = connection_.query(select_tree);
        while (!is_full()) {
            const result<bool> row = query.next();
            if (row.has_error()) return damage_or_error(row.error());
            if (!*row) return {};
            if (const char* wrong = tree_fault(query)) {
                add("tree", "comment " + std::to_string(query.integer(0)) + " " + wrong);
            }
        }
        return {};
    }

    Connection& connection_;
    std::vector<CheckFinding> findings_;
};

}  // namespace

result<std::vector<CheckFinding>> check_database(Connection& connection) {
    return Checker(connection).run();
}

}  // namespace parley::sqlite
