#pragma once

#include "discussion/rules.hpp"
#include "support/memory_rows.hpp"

#include <string>
#include <utility>
#include <vector>

namespace parley::test {

// A small world for tests of the rules: people, discussions, and commands that are carried out
// against them as the writer would, a batch in one transaction. Begins at 2026-01-22T09:00:00Z.
class StateBuilder {
public:
    using Changesets = std::vector<std::shared_ptr<const Changeset>>;

    StateBuilder() {
        memory.rows.epoch = Epoch{"testepoch"};
        memory.rows.now =
            std::chrono::sys_days{std::chrono::year{2026} / 1 / 22} + std::chrono::hours{9};
    }

    MemoryRows memory;
    Limits limits;
    Changesets changesets;  // of the last run()

    void advance(std::chrono::milliseconds by) { memory.rows.now += by; }
    [[nodiscard]] WallTime now() const { return memory.rows.now; }

    // --- people ---

    // A new account that is signed in.
    Actor person(const std::string& name, Role role = Role::member) {
        AccountRow row;
        row.id = memory.next_account();
        row.name = name;
        row.name_key = name;
        row.role = role;
        row.password_hash = "hash of " + name;
        row.created_at = now();
        memory.rows.accounts_by_name_key[name] = row.id;
        memory.rows.accounts[row.id].row = row;
        return session_of(row.id);
    }
    Actor session_of(AccountId account) {
        SessionRow row;
        row.token = digest("session " + std::to_string(++sessions_));
        row.account = account;
        row.created_at = now();
        row.expires_at = now() + session_hours;
        memory.rows.sessions[row.token].row = row;
        return row.token;
    }
    [[nodiscard]] AccountRow& account(const Actor& actor) {
        const SessionRow& session = memory.rows.sessions.at(std::get<Digest256>(actor)).row;
        return memory.rows.accounts.at(session.account).row;
    }

    // --- discussions and comments ---

    DiscussionId open_discussion(const std::string& id = "tram-line") {
        PutDiscussion put{DiscussionId{id}, "Title of " + id, {}, {}, {}, {}, {}};
        (void)apply(TheOperator{}, put).value();
        return DiscussionId{id};
    }
    // Any value of a fresh key; posts by a session need one.
    std::string fresh_key() { return "key " + std::to_string(++keys_); }

    CommentId post(const Actor& actor, const DiscussionId& discussion, const std::string& body,
                   std::optional<CommentId> parent = {},
                   std::optional<PostComment::QuoteRequest> quote = {}) {
        PostComment action{discussion, parent, body, std::move(quote)};
        const Outcome outcome = apply(actor, std::move(action), fresh_key()).value();
        return std::get<CommentOutcome>(outcome).comment.id();
    }

    [[nodiscard]] const CommentRow& comment(CommentId id) const {
        return memory.rows.comments.at(id).row;
    }
    [[nodiscard]] const DiscussionRow& discussion(const DiscussionId& id) const {
        return memory.rows.discussions.at(id).row;
    }

    // --- commands ---

    // Carries the commands out in one transaction. Answers in their order.
    std::vector<result<Outcome>> run(const std::vector<Command>& commands) {
        Needs needs;
        for (const Command& command : commands) collect_needs(command, needs);
        State state = memory.load(needs);
        std::vector<result<Done>> decided;
        for (const Command& command : commands) decided.push_back(decide(state, command, limits));
        memory.save(state);
        changesets = changesets_of(state);
        std::vector<result<Outcome>> answers;
        for (const result<Done>& done : decided) {
            if (done.has_error()) answers.emplace_back(done.error());
            else answers.emplace_back(outcome_of(state, *done));
        }
        return answers;
    }

    // One command in a transaction of its own. Two with the same key are the same request where
    // `request` is the same.
    result<Outcome> apply(const Actor& actor, Action action, const std::string& key = {},
                          const std::string& request = "request") {
        return run({command(actor, std::move(action), key, request)}).front();
    }
    static Command command(const Actor& actor, Action action, const std::string& key = {},
                           const std::string& request = "request") {
        return {actor, key, digest(request), std::move(action)};
    }

    // The reason of a refusal; nothing where the command succeeded.
    std::optional<Errc> refusal_of(const Actor& actor, Action action, const std::string& key = {}) {
        const bool needs_key = key.empty() && std::holds_alternative<PostComment>(action) &&
                               std::holds_alternative<Digest256>(actor);
        const auto answer = apply(actor, std::move(action), needs_key ? fresh_key() : key);
        return answer.has_error() ? std::optional(answer.error().code) : std::nullopt;
    }

    // Not a hash, but different for different short texts.
    static Digest256 digest(const std::string& text) {
        Digest256 out{};
        for (std::size_t i = 0; i < text.size(); ++i) {
            auto& byte = out.at(i % out.size());
            byte = static_cast<std::uint8_t>(byte * 31 + static_cast<unsigned char>(text[i]) + 1);
        }
        return out;
    }

private:
    int sessions_ = 0;
    int keys_ = 0;
};

}  // namespace parley::test
