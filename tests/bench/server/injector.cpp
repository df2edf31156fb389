#include "bench/server/injector.hpp"

#include <unistd.h>

#include <utility>

namespace parley::bench {

namespace {

// Far from what a store in the same process gives.
constexpr std::int64_t first_comment_id = 1'000'000;
constexpr std::int64_t first_voted_id = 900'000;

std::shared_ptr<const CommentContent> make_content(CommentId id, std::string body,
                                                   std::int64_t ordinal, Seq stamp) {
    auto content = std::make_shared<CommentContent>();
    content->id = id;
    content->number = std::to_string(ordinal);
    content->author = Author{AccountId{7}, "A steady writer", {}};
    content->created_at =
        std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    ContentNode paragraph{ContentTag::p, {}, {}};
    paragraph.children.push_back({ContentTag::text, body, {}});
    content->content.push_back(std::move(paragraph));
    content->body = std::move(body);
    content->stamp = stamp;
    return content;
}

}  // namespace

std::string timed_body(std::int64_t sent_ns, int bytes) {
    static constexpr std::string_view words = "the tram should stop at the old bridge as well ";
    std::string body = "@" + std::to_string(sent_ns) + " ";
    const auto wanted = static_cast<std::size_t>(bytes);
    while (body.size() < wanted) body += words.substr(0, wanted - body.size());
    if (body.back() == ' ') body.back() = '.';
    return body;
}

Injector::Injector(Bus& bus, InjectedHistory& history, DiscussionId discussion, Position position)
    : bus_(bus),
      history_(history),
      discussion_(std::move(discussion)),
      position_(std::move(position)),
      next_comment_(first_comment_id) {
    history_.begin(discussion_, position_);
}

void Injector::run(const Plan& plan) {
    schedule_.run(plan.changesets_per_s, plan.seconds, STDIN_FILENO, [&](std::int64_t) {
        auto changeset = next_changeset();
        if (plan.kind == Kind::comments) add_comments(*changeset, plan);
        else add_votes(*changeset, plan);
        history_.add(changeset);
        bus_.publish(std::move(changeset));
    });
}

std::shared_ptr<Changeset> Injector::next_changeset() {
    auto changeset = std::make_shared<Changeset>();
    changeset->discussion = discussion_;
    changeset->epoch = position_.epoch;
    changeset->prev = position_.seq;
    changeset->seq = ++position_.seq;
    return changeset;
}

void Injector::add_comments(Changeset& changeset, const Plan& plan) {
    for (int i = 0; i < plan.batch; ++i) {
        const CommentId id{next_comment_++};
        ++comment_count_;
        const Tally tally{id, 0, 0, 0, 0, changeset.seq};
        changeset.comments.push_back(
            {make_content(id, timed_body(now_ns(), plan.body_bytes), comment_count_, changeset.seq),
             tally});
    }
    changeset.comment_count = comment_count_;
}

void Injector::add_votes(Changeset& changeset, const Plan& plan) {
    changeset.comment_count = comment_count_;
    for (int i = 0; i < plan.batch; ++i) {
        const CommentId id{first_voted_id + next_vote_++ % plan.comments};
        const std::int64_t sent = now_ns();
        changeset.scores.push_back({id, sent, 0, sent, 0, changeset.seq});
    }
}

}  // namespace parley::bench
