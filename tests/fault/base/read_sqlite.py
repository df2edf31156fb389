"""Prints what a Parley database holds as one JSON object, reading only and by SQLite's own means."""

import json
import sqlite3
import sys

QUERIES = {
    "discussions": "SELECT d.slug AS id, d.title, s.seq, s.comment_count, h.epoch FROM discussions d"
                   " JOIN discussion_seqs s ON s.discussion = d.id, history h",
    "comments": "SELECT CAST(c.id AS TEXT) AS id, d.slug AS discussion, CAST(c.parent AS TEXT) AS parent, c.state, c.body,"
                " c.stamp, CAST(c.author AS TEXT) AS author, t.up, t.down, t.base, t.replies, t.stamp AS tally_stamp"
                " FROM comments c JOIN discussions d ON d.id = c.discussion JOIN tallies t ON t.comment = c.id",
    "votes": "SELECT CAST(comment AS TEXT) AS comment, CAST(account AS TEXT) AS account, value FROM votes",
    "keys": "SELECT CAST(account AS TEXT) AS account, key, count(*) AS n FROM idempotency_keys GROUP BY 1, 2",
    "integrity": "SELECT integrity_check AS finding FROM pragma_integrity_check",
    "references": "SELECT \"table\" AS finding FROM pragma_foreign_key_check",
}
STATES = ["visible", "pending", "removed", "deleted"]


def main():
    connection = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    connection.isolation_level = None
    connection.execute("PRAGMA query_only = ON")
    connection.execute("BEGIN")
    rows = {name: [dict(row) for row in connection.execute(query)] for name, query in QUERIES.items()}
    for comment in rows["comments"]:
        comment["state"] = STATES[comment["state"]]
    json.dump(rows, sys.stdout)


main()
