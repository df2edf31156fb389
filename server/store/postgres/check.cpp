#include "base/limits.hpp"
#include "store/check_tree.hpp"
#include "store/postgres/reader.hpp"

#include <array>

namespace parley::postgres {

namespace {

// A statement that gives one row with a sentence for each violation.
struct Rule {
    const char* invariant = "";
    Sql sql;
};

constexpr std::array rules{
    Rule{"storage",
         "SELECT format('there are %s rows in history, not 1', n)"
         " FROM (SELECT count(*) AS n FROM history) h WHERE n <> 1"},
    Rule{"storage",
         "SELECT format('row %s of comments refers to a row of %s that is not there', c.id,"
         " CASE WHEN a.id IS NULL THEN 'accounts' WHEN d.id IS NULL THEN 'discussions'"
         " ELSE 'comments' END) FROM comments c LEFT JOIN accounts a ON a.id = c.author"
         " LEFT JOIN discussions d ON d.id = c.discussion LEFT JOIN comments p ON p.id = c.parent"
         " LEFT JOIN comments r ON r.id = c.in_reply_to"
         " LEFT JOIN comments q ON q.id = c.quote_comment"
         " WHERE a.id IS NULL OR d.id IS NULL OR (c.parent IS NOT NULL AND p.id IS NULL)"
         " OR (c.in_reply_to IS NOT NULL AND r.id IS NULL)"
         " OR (c.quote_comment IS NOT NULL AND q.id IS NULL)"},
    Rule{"storage",
         "SELECT format('row %s of tallies refers to a row of comments that is not there',"
         " t.comment) FROM tallies t LEFT JOIN comments c ON c.id = t.comment WHERE c.id IS NULL"},
    Rule{"storage",
         "SELECT format('the vote of account %s on comment %s refers to a row of %s that is not"
         " there', v.account, v.comment, CASE WHEN c.id IS NULL THEN 'comments' ELSE 'accounts'"
         " END) FROM votes v LEFT JOIN comments c ON c.id = v.comment"
         " LEFT JOIN accounts a ON a.id = v.account WHERE c.id IS NULL OR a.id IS NULL"},
    Rule{"storage",
         "SELECT format('version %s of comment %s refers to a row of comments that is not there',"
         " v.version, v.comment) FROM comment_versions v LEFT JOIN comments c ON c.id = v.comment"
         " WHERE c.id IS NULL"},
    Rule{"storage",
         "SELECT format('a key of account %s refers to a row of %s that is not there', k.account,"
         " CASE WHEN a.id IS NULL THEN 'accounts' WHEN k.comment IS NOT NULL AND c.id IS NULL"
         " THEN 'comments' ELSE 'discussions' END) FROM idempotency_keys k"
         " LEFT JOIN accounts a ON a.id = k.account LEFT JOIN comments c ON c.id = k.comment"
         " LEFT JOIN discussions d ON d.id = k.discussion WHERE a.id IS NULL"
         " OR (k.comment IS NOT NULL AND c.id IS NULL)"
         " OR (k.discussion IS NOT NULL AND d.id IS NULL)"},
    Rule{"storage",
         "SELECT format('a session refers to account %s, which is not there', s.account)"
         " FROM sessions s LEFT JOIN accounts a ON a.id = s.account WHERE a.id IS NULL"},
    Rule{"storage",
         "SELECT format('comment %s has no tally of its discussion', c.id) FROM comments c"
         " LEFT JOIN tallies t ON t.comment = c.id WHERE t.discussion IS DISTINCT FROM"
         " c.discussion"},
    Rule{"storage",
         "SELECT format('discussion %s has no seq', d.slug) FROM discussions d"
         " LEFT JOIN discussion_seqs s ON s.discussion = d.id WHERE s.discussion IS NULL"},
    Rule{"storage",
         "SELECT format('the vote of account %s on comment %s is filed under another discussion',"
         " v.account, v.comment) FROM votes v JOIN comments c ON c.id = v.comment"
         " WHERE v.discussion <> c.discussion"},
    Rule{"storage",
         "SELECT format('imported id %s of %s names %s, which is not there', i.id, i.source,"
         " i.target) FROM import_ids i WHERE CASE i.kind"
         " WHEN 0 THEN NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = i.target)"
         " ELSE NOT EXISTS (SELECT 1 FROM comments c WHERE c.id = i.target) END"},
    // A sequence that was set back would give an id away twice.
    Rule{"storage",
         "SELECT format('the next id of comments is not above %s', max(id)) FROM comments"
         " HAVING max(id) > (SELECT last_value FROM comment_ids)"},
    Rule{"storage",
         "SELECT format('the next id of accounts is not above %s', max(id)) FROM accounts"
         " HAVING max(id) > (SELECT last_value FROM account_ids)"},
    Rule{"score",
         "SELECT format('comment %s counts %s up and %s down, on record are %s and %s', t.comment,"
         " t.up, t.down, coalesce(v.up, 0), coalesce(v.down, 0)) FROM tallies t LEFT JOIN"
         " (SELECT comment, count(*) FILTER (WHERE value = 1) AS up,"
         " count(*) FILTER (WHERE value = -1) AS down FROM votes GROUP BY comment) v"
         " ON v.comment = t.comment"
         " WHERE t.up <> coalesce(v.up, 0) OR t.down <> coalesce(v.down, 0)"},
    Rule{"stamp",
         "SELECT format('discussion %s has stamp %s and seq %s', d.slug, d.stamp, s.seq)"
         " FROM discussions d JOIN discussion_seqs s ON s.discussion = d.id"
         " WHERE d.stamp NOT BETWEEN 0 AND s.seq"},
    Rule{"stamp",
         "SELECT format('comment %s has stamp %s, its discussion seq %s', c.id, c.stamp, s.seq)"
         " FROM comments c JOIN discussion_seqs s ON s.discussion = c.discussion"
         " WHERE c.stamp NOT BETWEEN 0 AND s.seq"},
    Rule{"stamp",
         "SELECT format('the tally of comment %s has stamp %s, its discussion seq %s', t.comment,"
         " t.stamp, s.seq) FROM tallies t JOIN discussion_seqs s ON s.discussion = t.discussion"
         " WHERE t.stamp NOT BETWEEN 0 AND s.seq"},
    Rule{"stamp",
         "SELECT format('comment %s is visible but has no stamp', id) FROM comments"
         " WHERE state = 0 AND stamp = 0"},
    Rule{"comment_count",
         "SELECT format('discussion %s counts %s comments, visible are %s', d.slug,"
         " s.comment_count, coalesce(c.n, 0)) FROM discussions d"
         " JOIN discussion_seqs s ON s.discussion = d.id LEFT JOIN (SELECT discussion,"
         " count(*) AS n FROM comments WHERE state = 0 GROUP BY discussion) c"
         " ON c.discussion = d.id WHERE s.comment_count <> coalesce(c.n, 0)"},
    Rule{"replies",
         "SELECT format('comment %s counts %s replies, visible are %s', t.comment, t.replies,"
         " coalesce(c.n, 0)) FROM tallies t LEFT JOIN (SELECT parent, count(*) AS n FROM comments"
         " WHERE state = 0 AND parent IS NOT NULL GROUP BY parent) c ON c.parent = t.comment"
         " WHERE t.replies <> coalesce(c.n, 0)"},
    Rule{"erasure",
         "SELECT format('account %s was erased, comment %s is still its own', a.id, c.id)"
         " FROM accounts a JOIN comments c ON c.author = a.id"
         " WHERE a.erasure = 2 AND (c.state <> 3 OR c.body <> '')"},
    Rule{"erasure",
         "SELECT format('account %s was erased, its vote on comment %s is on record', a.id,"
         " v.comment) FROM accounts a JOIN votes v ON v.account = a.id WHERE a.erasure = 2"},
    Rule{"number",
         "SELECT format('comment %s has the number of another one', max(id)) FROM comments"
         " WHERE oldest_key IS NOT NULL GROUP BY discussion, oldest_key HAVING count(*) > 1"},
    Rule{"quote",
         "SELECT format('comment %s quotes %s, which is in another discussion', c.id, q.id)"
         " FROM comments c JOIN comments q ON q.id = c.quote_comment"
         " WHERE q.discussion <> c.discussion"},
    Rule{"quote",
         "SELECT format('comment %s still quotes %s, which was taken away', q.id, c.id)"
         " FROM comments q JOIN comments c ON c.id = q.quote_comment"
         " WHERE q.quote_verified AND c.state <> 0"},
    Rule{"quote",
         "SELECT format('comment %s has a verified quote of nothing', id) FROM comments"
         " WHERE quote_verified AND (quote_comment IS NULL OR quote_author IS NULL)"},
};

class Checker {
public:
    explicit Checker(Connection& connection) : connection_(connection) {}

    [[nodiscard]] result<std::vector<CheckFinding>> run() {
        // Whole tables are joined here: what the session forbids is the best way now.
        const std::array begin{
            Request{begin_snapshot},
            Request{"SELECT set_config('statement_timeout', '0', true),"
                    " set_config('enable_seqscan', 'on', true),"
                    " set_config('enable_hashjoin', 'on', true),"
                    " set_config('enable_mergejoin', 'on', true),"
                    " set_config('enable_bitmapscan', 'on', true)"},
        };
        if (auto begun = connection_.run(begin); begun.has_error()) return begun.error();
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
        if (is_full()) return {};
        const auto rows = connection_.run(Request{rule.sql}, store_long_answer_timeout_ms);
        if (rows.has_error()) return damage_or_error(rows.error());
        for (int i = 0; i < rows->size(); ++i) add(rule.invariant, rows->at(i).text(0));
        return {};
    }

    // A page that cannot be read is what the check was asked about. Nothing more can be asked in
    // this transaction, though.
    [[nodiscard]] result<void> damage_or_error(const Error& error) {
        if (error.code != Errc::corrupt_store) return error;
        if (!is_damaged_) {
            add("storage", "the database is damaged: a part of it cannot be read");
        }
        is_damaged_ = true;
        return {};
    }

    // One pass over all comments, each beside its parent.
    [[nodiscard]] result<void> check_tree() {
        if (is_damaged_ || is_full()) return {};
        const std::array begin{Request{declare_tree}};
        auto begun = connection_.run(begin, store_long_answer_timeout_ms);
        if (begun.has_error()) return damage_or_error(begun.error());
        while (!is_full()) {
            const auto rows = connection_.run(Request{"FETCH FORWARD 500 FROM tree"},
                                              store_long_answer_timeout_ms);
            if (rows.has_error()) return damage_or_error(rows.error());
            if (rows->empty()) return {};
            for (int i = 0; i < rows->size(); ++i) {
                const Row row = rows->at(i);
                if (const char* wrong = tree_fault(row)) {
                    add("tree", "comment " + std::to_string(row.integer(0)) + " " + wrong);
                }
            }
        }
        return {};
    }

    static constexpr std::string_view declare = "DECLARE tree NO SCROLL CURSOR FOR ";
    static constexpr Sql declare_tree = joined<declare, select_tree_text>;

    Connection& connection_;
    std::vector<CheckFinding> findings_;
    bool is_damaged_ = false;
};

}  // namespace

result<std::vector<CheckFinding>> check_database(Connection& connection) {
    const SnapshotEnd end(connection);
    return Checker(connection).run();
}

}  // namespace parley::postgres
