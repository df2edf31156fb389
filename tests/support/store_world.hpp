#pragma once

#include "discussion/rules.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace parley::test {

// People and discussions in a real store, and commands carried out against it as the writer would,
// a batch in one transaction. Keep the store alive as long as the world.
class StoreWorld {
public:
    using Changesets = std::vector<std::shared_ptr<const Changeset>>;

    explicit StoreWorld(Store& store) : store_(store), reader_(store.open_reader().value()) {}

    Limits limits;
    Changesets changesets;  // of the last run()

    [[nodiscard]] Store& store() { return store_; }
    [[nodiscard]] StoreReader& reader() { return *reader_; }

    // --- transactions ---

    // Carries the commands out in one transaction. Answers in their order.
    std::vector<result<Outcome>> run(const std::vector<Command>& commands) {
        auto transaction = store_.begin().value();
        Needs needs;
        for (const Command& command : commands) collect_needs(command, needs);
        State state;
        transaction->load(needs, state).value();
        std::vector<result<Done>> decided;
        decided.reserve(commands.size());
        for (const Command& command : commands) decided.push_back(decide(state, command, limits));
        transaction->save(state).value();
        transaction->commit().value();
        changesets = changesets_of(state);
        std::vector<result<Outcome>> answers;
        for (const result<Done>& done : decided) {
            if (done.has_error()) answers.emplace_back(done.error());
            else answers.emplace_back(outcome_of(state, *done));
        }
        return answers;
    }
    result<Outcome> apply(const Actor& actor, Action action, const std::string& key = {},
                          const std::string& request = "request") {
        return run({command(actor, std::move(action), key, request)}).front();
    }
    static Command command(const Actor& actor, Action action, const std::string& key = {},
                           const std::string& request = "request") {
        return {actor, key, digest(request), std::move(action)};
    }

    // What a transaction loads, without changing anything.
    [[nodiscard]] State load(const Needs& needs) {
        State state;
        store_.begin().value()->load(needs, state).value();
        return state;
    }
    // Saves rows that were made by hand.
    void save(const State& state) {
        auto transaction = store_.begin().value();
        transaction->save(state).value();
        transaction->commit().value();
    }

    // --- people ---

    // A new account that is signed in.
    Actor person(const std::string& name, Role role = Role::member) {
        const CreateAccount create{name, name, "hash of " + name, role};
        const Outcome created = apply(TheOperator{}, create).value();
        const AccountId id = std::get<AccountOutcome>(created).account.id;
        const Actor session = sign_in(id, "hash of " + name);
        accounts_[std::get<Digest256>(session)] = id;
        return session;
    }
    Actor sign_in(AccountId account, const std::string& password_hash) {
        const Digest256 token = digest("session " + std::to_string(++sessions_));
        (void)apply(NobodyInParticular{}, CreateSession{account, password_hash, token}).value();
        return token;
    }
    [[nodiscard]] AccountId account_id(const Actor& actor) const {
        return accounts_.at(std::get<Digest256>(actor));
    }

    // --- discussions and comments ---

    DiscussionId open_discussion(const std::string& id = "tram-line") {
        PutDiscussion put{DiscussionId{id}, "Title of " + id, {}, {}, {}, {}, {}};
        (void)apply(TheOperator{}, put).value();
        return DiscussionId{id};
    }
    std::string fresh_key() { return "key " + std::to_string(++keys_); }

    CommentId post(const Actor& actor, const DiscussionId& discussion, const std::string& body,
                   std::optional<CommentId> parent = {},
                   std::optional<PostComment::QuoteRequest> quote = {}) {
        PostComment action{discussion, parent, body, std::move(quote)};
        const Outcome outcome = apply(actor, std::move(action), fresh_key()).value();
        return std::get<CommentOutcome>(outcome).comment.id();
    }
    void vote(const Actor& actor, CommentId comment, int value) {
        (void)apply(actor, CastVote{comment, value}).value();
    }

    [[nodiscard]] std::vector<CommentRow> comments(const DiscussionId& discussion) {
        std::vector<CommentRow> rows;
        reader_
            ->each_comment(discussion,
                           [&](const CommentRow& row) {
                               rows.push_back(row);
                               return true;
                           })
            .value();
        return rows;
    }
    [[nodiscard]] CommentRow comment(CommentId id) {
        Needs needs;
        needs.comments.insert(id);
        return load(needs).comments.at(id).row;
    }

    // What the check of the store says, a line for each finding.
    [[nodiscard]] std::string findings() {
        std::string text;
        for (const CheckFinding& finding : reader_->check().value()) {
            text += finding.invariant + ": " + finding.message + "\n";
        }
        return text;
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
    Store& store_;
    std::unique_ptr<StoreReader> reader_;
    std::map<Digest256, AccountId> accounts_;
    int sessions_ = 0;
    int keys_ = 0;
};

}  // namespace parley::test
