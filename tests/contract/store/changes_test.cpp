#include "contract/store/store_contract.hpp"

#include <random>

namespace parley::test {
namespace {

// Changesets as text, so that a difference shows.
std::string text_of(const Tally& tally) {
    return to_string(tally.id) + " +" + std::to_string(tally.up) + " -" +
           std::to_string(tally.down) + " =" + std::to_string(tally.score) + " replies " +
           std::to_string(tally.replies) + " @" + std::to_string(tally.stamp) + "\n";
}

std::string text_of(const CommentContent& content) {
    std::string text = content.number + " " + std::string(to_string(content.state)) + " " +
                       (content.author ? content.author->name : "nobody") + " '" + content.body +
                       "' @" + std::to_string(content.stamp);
    if (content.edited_at) text += " edited " + format_rfc3339(*content.edited_at);
    if (content.quote) {
        text += " quotes '" + content.quote->text + (content.quote->verified ? "' v" : "'");
    }
    return text;
}

std::string text_of(const Changeset& changes) {
    std::string text = changes.discussion.value + " " + changes.epoch.value + " " +
                       std::to_string(changes.prev) + " to " + std::to_string(changes.seq) + ", " +
                       std::to_string(changes.comment_count) + " comments\n";
    for (const CommentView& view : changes.comments) {
        text += text_of(*view.content) + " " + text_of(view.tally);
    }
    for (const Tally& tally : changes.scores) text += "score " + text_of(tally);
    if (changes.info) {
        text += changes.info->title + " " + std::string(to_string(changes.info->state)) + " @" +
                std::to_string(changes.info->stamp) + "\n";
    }
    return text;
}

// People who write, quote, vote, edit and take away in one discussion, by chance.
class Crowd {
public:
    Crowd(StoreWorld& world, std::uint64_t seed) : world_(world), random_(seed) {
        const std::string suffix = std::to_string(seed);
        id_ = world.open_discussion("crowd-" + suffix);
        history_.push_back(world.changesets.front());
        for (const char* name : {"Ada", "Ben", "Cleo"}) {
            people_.push_back(world.person(name + suffix));
        }
        moderator_ = world.person("Mod" + suffix, Role::moderator);
    }

    [[nodiscard]] const DiscussionId& id() const { return id_; }
    // One changeset for each seq, the first from 0 to 1.
    [[nodiscard]] const StoreWorld::Changesets& history() const { return history_; }

    void act() {
        std::vector<Command> batch;
        for (std::size_t i = 0; i <= below(4); ++i) batch.push_back(command());
        for (const result<Outcome>& answer : world_.run(batch)) {
            if (answer.has_error()) continue;
            const auto* comment = std::get_if<CommentOutcome>(&*answer);
            if (comment != nullptr && comment->created) ids_.push_back(comment->comment.id());
        }
        for (const auto& changeset : world_.changesets) history_.push_back(changeset);
    }

private:
    std::size_t below(std::size_t end) {
        return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
    }
    const Actor& somebody() { return people_[below(people_.size())]; }
    CommentId any_comment() { return ids_[below(ids_.size())]; }
    std::string words() { return "words " + std::to_string(below(1'000)); }

    Command command() {
        const Actor& actor = somebody();
        const std::string key = world_.fresh_key();
        const std::size_t kind = ids_.empty() ? 0 : below(12);
        if (kind < 3) return StoreWorld::command(actor, post(), key);
        if (kind < 8) {
            const int value = static_cast<int>(below(3)) - 1;
            return StoreWorld::command(actor, CastVote{any_comment(), value});
        }
        if (kind == 8) return StoreWorld::command(actor, EditComment{any_comment(), words()});
        if (kind == 9) return StoreWorld::command(actor, DeleteComment{any_comment()});
        if (kind == 10) {
            const auto state = below(2) == 0 ? CommentState::removed : CommentState::visible;
            return StoreWorld::command(moderator_, SetCommentState{any_comment(), state});
        }
        PutDiscussion put;
        put.discussion = id_;
        put.title = "Title " + words();
        return StoreWorld::command(TheOperator{}, std::move(put));
    }

    PostComment post() {
        PostComment post{id_, {}, words(), {}};
        if (ids_.empty()) return post;
        if (below(4) > 0) post.parent = any_comment();
        // "words" stands in every comment, so the quote is verified.
        if (below(3) == 0) post.quote = PostComment::QuoteRequest{any_comment(), "words"};
        return post;
    }

    StoreWorld& world_;
    std::mt19937_64 random_;
    DiscussionId id_;
    std::vector<Actor> people_;
    Actor moderator_;
    std::vector<CommentId> ids_;
    StoreWorld::Changesets history_;
};

// The model: all changesets after `since`, merged one by one.
Changeset merged_since(const StoreWorld::Changesets& history, Seq since) {
    Changeset merged = *history.at(static_cast<std::size_t>(since));
    for (std::size_t i = static_cast<std::size_t>(since) + 1; i < history.size(); ++i) {
        merged = merge(merged, *history[i]);
    }
    return merged;
}

TEST_P(StoreContract, ChangesAreTheMergedChangesets) {
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        SCOPED_TRACE(seed_text(seed));
        Crowd crowd(*world, seed);
        for (int round = 0; round < 60; ++round) crowd.act();
        const auto& history = crowd.history();
        const auto seq = static_cast<Seq>(history.size());
        ASSERT_GT(seq, 30);
        for (Seq since = 0; since < seq; ++since) {
            const Changeset changes =
                reader().changes_since(crowd.id(), store->epoch(), since).value();
            ASSERT_EQ(text_of(changes), text_of(merged_since(history, since)));
        }
        const Changeset none = reader().changes_since(crowd.id(), store->epoch(), seq).value();
        EXPECT_EQ(none.prev, seq);
        EXPECT_EQ(none.seq, seq);
        EXPECT_TRUE(none.comments.empty() && none.scores.empty() && !none.info);
    }
}

// What a page shows that loaded a window and then followed the changes is what a fresh load shows.
TEST_P(StoreContract, ChangesTellWhatWasTakenAway) {
    const Actor ada = world->person("Ada");
    const Actor mod = world->person("Mod", Role::moderator);
    const DiscussionId id = world->open_discussion();
    const CommentId comment = world->post(ada, id, "to be removed");
    const Seq before = reader().discussion(id).value()->view.position.seq;
    (void)world->apply(mod, SetCommentState{comment, CommentState::removed}).value();
    const Changeset changes = reader().changes_since(id, store->epoch(), before).value();
    ASSERT_EQ(changes.comments.size(), 1U);
    EXPECT_EQ(changes.comments[0].content->state, CommentState::removed);
    EXPECT_EQ(changes.comments[0].content->body, "");
    EXPECT_TRUE(changes.takes_text_away);
    EXPECT_EQ(changes.comment_count, 0);
    // A vote takes nothing away.
    const CommentId other = world->post(ada, id, "stays");
    world->vote(mod, other, 1);
    EXPECT_FALSE(reader().changes_since(id, store->epoch(), changes.seq).value().takes_text_away);
}

TEST_P(StoreContract, ChangesRefuseAPositionThatIsNotTheStores) {
    const DiscussionId id = world->open_discussion();
    const Epoch epoch = store->epoch();
    const auto code_of = [&](const std::optional<Epoch>& asked, Seq since) {
        return error_of(reader().changes_since(id, asked, since)).code;
    };
    EXPECT_EQ(code_of(std::nullopt, 1), Errc::epoch_required);
    EXPECT_EQ(code_of(epoch, 2), Errc::precondition_too_far);
    EXPECT_EQ(code_of(Epoch{"another"}, 1), Errc::precondition_too_far);
    EXPECT_EQ(error_of(reader().changes_since(DiscussionId{"none"}, epoch, 0)).code,
              Errc::unknown_discussion);
    EXPECT_TRUE(reader().changes_since(id, std::nullopt, 0).has_value());
    EXPECT_TRUE(reader().changes_since(id, epoch, 1).has_value());
}

// catch_up_comments_max is the last number that fits, texts and scores together.
TEST_P(StoreContract, ChangesRefuseMoreThanACatchUpHolds) {
    const DiscussionId id = world->open_discussion();
    (void)world->apply(TheOperator{}, ImportAccounts{"source", {{"u", "Ada"}}}).value();
    const auto import = [&](std::size_t first, std::size_t count) {
        ImportComments step{"source", id, {}};
        for (std::size_t i = first; i < first + count; ++i) {
            ImportComment comment;
            comment.id = std::to_string(i);
            comment.author = "u";
            comment.body = "text";
            step.comments.push_back(std::move(comment));
        }
        (void)world->apply(TheOperator{}, std::move(step)).value();
    };
    for (std::size_t i = 0; i < catch_up_comments_max; i += changeset_comments_max) {
        import(i, changeset_comments_max);
    }
    const auto all = reader().changes_since(id, {}, 0);
    ASSERT_TRUE(all.has_value());
    EXPECT_EQ(all->comments.size(), catch_up_comments_max);
    import(catch_up_comments_max, 1);
    EXPECT_EQ(error_of(reader().changes_since(id, {}, 0)).code, Errc::precondition_too_far);
    // One text and all scores but one fit, one more score does not.
    const Seq before = all->seq;
    ImportVotes votes{"source", id, {}};
    for (std::size_t i = 0; i + 1 < catch_up_comments_max; ++i) {
        votes.votes.push_back({std::to_string(i), "u", 1});
    }
    (void)world->apply(TheOperator{}, std::move(votes)).value();
    const auto fits = reader().changes_since(id, store->epoch(), before);
    ASSERT_TRUE(fits.has_value());
    EXPECT_EQ(fits->comments.size(), 1U);
    EXPECT_EQ(fits->scores.size(), catch_up_comments_max - 1);
    const std::string last = std::to_string(catch_up_comments_max - 1);
    (void)world->apply(TheOperator{}, ImportVotes{"source", id, {{last, "u", -1}}}).value();
    EXPECT_EQ(error_of(reader().changes_since(id, store->epoch(), before)).code,
              Errc::precondition_too_far);
}

TEST_P(StoreContract, PositionsOfManyAtOnce) {
    const DiscussionId first = world->open_discussion("first");
    const DiscussionId second = world->open_discussion("second");
    world->post(world->person("Ada"), second, "text");
    const std::vector asked{second, DiscussionId{"none"}, first};
    const auto positions = reader().positions(asked).value();
    const std::vector<std::pair<DiscussionId, Position>> expected{{second, {store->epoch(), 2}},
                                                                  {first, {store->epoch(), 1}}};
    EXPECT_EQ(positions, expected);
    EXPECT_TRUE(reader().positions({}).value().empty());
}

TEST_P(StoreContract, CountsTellOfEachDiscussionThatThereIs) {
    const DiscussionId first = world->open_discussion("first");
    const DiscussionId second = world->open_discussion("second");
    const Actor ada = world->person("Ada");
    world->post(ada, second, "text");
    const CommentId gone = world->post(ada, second, "more");
    world->post(ada, second, "still more");
    ASSERT_TRUE(world->apply(ada, DeleteComment{gone}).has_value());
    const std::vector asked{second, DiscussionId{"none"}, first};
    const auto counts = reader().counts(asked).value();
    const std::vector<CommentCount> expected{{second, {store->epoch(), 5}, 2},
                                             {first, {store->epoch(), 1}, 0}};
    EXPECT_EQ(counts, expected);
    EXPECT_TRUE(reader().counts({}).value().empty());
}

}  // namespace
}  // namespace parley::test
