#pragma once

#include "discussion/rules.hpp"

#include <algorithm>
#include <utility>

namespace parley::test {

// What a store does, without a disk: keeps rows, loads exactly what Needs names and what that
// implies, saves exactly what the rules marked. A need that was forgotten or a mark that is missing
// shows as a wrong result. One thread.
class MemoryRows {
public:
    State rows;  // everything there is; tests may put rows in directly and look at them
    std::map<CommentId, std::vector<std::string>> earlier_texts;

    [[nodiscard]] State load(const Needs& needs) {
        State state;
        state.now = rows.now;
        state.epoch = rows.epoch;
        load_people(needs, state);
        load_keys(needs, state);
        for (const DiscussionId& id : needs.discussions) load_discussion(id, state);
        for (const CommentId id : needs.comments) load_comment(id, state);
        for (const CommentId id : needs.reply_targets) load_comment(id, state);
        for (const CommentId id : needs.quoters_of) load_quoters(id, state);
        for (const auto& range : needs.author_ranges) load_author_page(range, state);
        for (const auto& range : needs.voter_ranges) load_voter_page(range, state);
        load_votes(needs, state);
        load_imports(needs, state);
        for (std::size_t i = 0; i < needs.new_comments; ++i) {
            state.fresh_comment_ids.push_back(CommentId{++last_comment_});
        }
        for (std::size_t i = 0; i < needs.new_accounts; ++i) {
            state.fresh_account_ids.push_back(AccountId{++last_account_});
        }
        // Ids are taken from the back; the lowest first reads better in a test.
        std::reverse(state.fresh_comment_ids.begin(), state.fresh_comment_ids.end());
        std::reverse(state.fresh_account_ids.begin(), state.fresh_account_ids.end());
        return state;
    }

    void save(const State& state) {
        save_discussions(state);
        save_comments(state);
        save_people(state);
        for (const auto& [key, tracked] : state.keys) {
            if (tracked.fresh) rows.keys.insert_or_assign(key, stored(tracked.row));
        }
        for (const auto& [ref, vote] : state.votes) {
            if (!vote.dirty) continue;
            if (vote.value == 0) rows.votes.erase(ref);
            else rows.votes.insert_or_assign(ref, VoteRow{vote.value, false});
        }
        for (const auto& [key, imported] : state.imports) {
            if (imported.fresh) rows.imports.insert_or_assign(key, ImportedId{imported.id, false});
        }
    }

    [[nodiscard]] AccountId next_account() { return AccountId{++last_account_}; }

private:
    template <class Row>
    static Tracked<Row> stored(const Row& row) {
        Tracked<Row> tracked;
        tracked.row = row;
        return tracked;
    }

    void load_people(const Needs& needs, State& state) {
        for (const Digest256& token : needs.sessions) {
            const auto session = rows.sessions.find(token);
            if (session == rows.sessions.end()) continue;
            state.sessions.insert(*session);
            load_account(session->second.row.account, state);
        }
        for (const Digest256& name : needs.tickets) {
            const auto ticket = rows.tickets.find(name);
            if (ticket == rows.tickets.end()) continue;
            state.tickets.insert(*ticket);
            const auto session = rows.sessions.find(ticket->second.row.session);
            if (session == rows.sessions.end()) continue;
            state.sessions.insert(*session);
            load_account(session->second.row.account, state);
        }
        state.account_events_seen = static_cast<std::int64_t>(rows.account_events.size());
        for (const AccountId id : needs.accounts) load_account(id, state);
        for (const std::string& key : needs.name_keys) {
            const auto found = rows.accounts_by_name_key.find(key);
            if (found == rows.accounts_by_name_key.end()) continue;
            state.accounts_by_name_key.insert(*found);
            load_account(found->second, state);
        }
        for (const auto& [token, session] : rows.sessions) {
            if (needs.sessions_of.contains(session.row.account)) {
                state.sessions.emplace(token, session);
            }
        }
    }

    void load_keys(const Needs& needs, State& state) {
        for (const auto& [actor, text] : needs.keys) {
            const auto account = account_of(actor);
            if (!account) continue;
            const auto key = rows.keys.find({*account, text});
            if (key == rows.keys.end()) continue;
            state.keys.insert(*key);
            if (key->second.row.comment) load_comment(*key->second.row.comment, state);
            if (key->second.row.discussion) load_discussion(*key->second.row.discussion, state);
        }
    }

    void load_account(AccountId id, State& state) {
        const auto found = rows.accounts.find(id);
        if (found != rows.accounts.end()) state.accounts.insert(*found);
    }

    void load_discussion(const DiscussionId& id, State& state) {
        const auto found = rows.discussions.find(id);
        if (found != rows.discussions.end()) state.discussions.insert(*found);
    }

    void load_comment(CommentId id, State& state) {
        const auto found = rows.comments.find(id);
        if (found == rows.comments.end()) return;
        const CommentRow& row = found->second.row;
        state.comments.insert(*found);
        load_discussion(row.discussion, state);
        load_account(row.author, state);
        if (row.parent) state.comments.insert(*rows.comments.find(*row.parent));
    }

    void load_quoters(CommentId quoted, State& state) {
        std::vector<CommentId> ids;
        for (const auto& [id, tracked] : rows.comments) {
            const auto& quote = tracked.row.quote;
            if (quote && is_telling(*quote) && quote->comment == quoted) ids.push_back(id);
        }
        std::sort(ids.begin(), ids.end());
        if (ids.size() > quotes_blanked_per_change_max) {
            ids.resize(quotes_blanked_per_change_max);
            state.more_quoters.insert(quoted);
        }
        for (const CommentId id : ids) load_comment(id, state);
        if (!ids.empty()) state.quoters.emplace(quoted, std::move(ids));
    }

    void load_author_page(const Needs::AuthorRange& range, State& state) {
        State::CommentPage page;
        for (const auto& [id, tracked] : rows.comments) {
            const CommentRow& row = tracked.row;
            const bool in_range = row.author == range.account && id > range.after &&
                                  row.discussion == range.discussion;
            if (in_range) page.comments.push_back(id);
        }
        std::sort(page.comments.begin(), page.comments.end());
        page.more = page.comments.size() > author_page_max;
        if (page.more) page.comments.resize(author_page_max);
        for (const CommentId id : page.comments) {
            load_comment(id, state);
            if (range.with_quoters) load_quoters(id, state);
        }
        state.author_pages.emplace(std::pair(range.account, range.discussion), std::move(page));
    }

    void load_voter_page(const std::pair<AccountId, DiscussionId>& range, State& state) {
        State::CommentPage page;
        for (const auto& [ref, vote] : rows.votes) {
            const CommentRow& row = rows.comments.at(ref.comment).row;
            if (ref.account != range.first || row.discussion != range.second) continue;
            if (page.comments.size() == author_page_max) page.more = true;
            else page.comments.push_back(ref.comment);
        }
        for (const CommentId id : page.comments) {
            load_comment(id, state);
            load_vote({range.first, id}, state);
        }
        state.voter_pages.emplace(range, std::move(page));
    }

    void load_votes(const Needs& needs, State& state) {
        for (const auto& [actor, comment] : needs.votes) {
            const auto account = account_of(actor);
            if (account) load_vote({*account, comment}, state);
        }
        for (const auto& [account, comment] : needs.import_votes) {
            const auto known_account = rows.imports.find(account);
            const auto known_comment = rows.imports.find(comment);
            if (known_account == rows.imports.end() || known_comment == rows.imports.end()) {
                continue;
            }
            load_vote({AccountId{known_account->second.id}, CommentId{known_comment->second.id}},
                      state);
        }
    }

    void load_vote(const VoteRef& ref, State& state) {
        const auto found = rows.votes.find(ref);
        if (found != rows.votes.end()) state.votes.insert(*found);
    }

    void load_imports(const Needs& needs, State& state) {
        for (const ImportKey& key : needs.imports) {
            const auto found = rows.imports.find(key);
            if (found == rows.imports.end()) continue;
            state.imports.insert(*found);
            if (key.kind == ImportKey::Kind::account) {
                load_account(AccountId{found->second.id}, state);
            } else {
                load_comment(CommentId{found->second.id}, state);
            }
        }
    }

    void save_discussions(const State& state) {
        for (const auto& [id, tracked] : state.discussions) {
            if (tracked.fresh) {
                rows.discussions.insert_or_assign(id, stored(tracked.row));
                continue;
            }
            DiscussionRow& row = rows.discussions.at(id).row;
            const DiscussionRow before = row;
            if (tracked.dirty) {
                row = tracked.row;
                copy_narrow(before, row);
            }
            if (tracked.narrow_dirty) copy_narrow(tracked.row, row);
        }
    }

    void save_comments(const State& state) {
        for (const auto& [id, tracked] : state.comments) {
            if (tracked.fresh) {
                rows.comments.insert_or_assign(id, stored(tracked.row));
                continue;
            }
            CommentRow& row = rows.comments.at(id).row;
            const CommentRow before = row;
            if (tracked.dirty) {
                row = tracked.row;
                copy_narrow(before, row);
            }
            if (tracked.narrow_dirty) copy_narrow(tracked.row, row);
        }
        for (const CommentVersion& version : state.versions) {
            earlier_texts[version.comment].push_back(version.body);
        }
        for (const CommentId id : state.versions_gone) earlier_texts.erase(id);
    }

    void save_people(const State& state) {
        for (const auto& [id, tracked] : state.accounts) {
            if (!tracked.fresh && !tracked.dirty) continue;
            rows.accounts.insert_or_assign(id, stored(tracked.row));
            std::erase_if(rows.accounts_by_name_key,
                          [&id = id](const auto& entry) { return entry.second == id; });
            if (!tracked.row.name_key.empty()) {
                rows.accounts_by_name_key.insert_or_assign(tracked.row.name_key, id);
            }
        }
        for (const auto& [token, tracked] : state.sessions) {
            if (tracked.gone) rows.sessions.erase(token);
            else if (tracked.fresh) rows.sessions.insert_or_assign(token, stored(tracked.row));
        }
        for (const auto& [name, tracked] : state.tickets) {
            if (tracked.gone) rows.tickets.erase(name);
            else if (tracked.fresh) rows.tickets.insert_or_assign(name, stored(tracked.row));
        }
        rows.account_events.insert(rows.account_events.end(), state.account_events.begin(),
                                   state.account_events.end());
    }

    static void copy_narrow(const DiscussionRow& from, DiscussionRow& to) {
        to.seq = from.seq;
        to.comment_count = from.comment_count;
        to.roots_numbered = from.roots_numbered;
        to.last_comment_at = from.last_comment_at;
    }
    static void copy_narrow(const CommentRow& from, CommentRow& to) {
        to.up = from.up;
        to.down = from.down;
        to.base = from.base;
        to.replies = from.replies;
        to.children_numbered = from.children_numbered;
        to.tally_stamp = from.tally_stamp;
    }

    [[nodiscard]] std::optional<AccountId> account_of(const Actor& actor) const {
        const auto* token = std::get_if<Digest256>(&actor);
        if (token == nullptr) return std::nullopt;
        const auto session = rows.sessions.find(*token);
        if (session == rows.sessions.end()) return std::nullopt;
        return session->second.row.account;
    }

    // Smaller than a real store's, so that a test reaches the second page soon.
    static constexpr std::size_t author_page_max = 5;

    std::int64_t last_comment_ = 0;
    std::int64_t last_account_ = 0;
};

}  // namespace parley::test
