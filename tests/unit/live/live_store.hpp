#pragma once

#include "live/messages.hpp"

#include <boost/json.hpp>

#include <map>
#include <string>
#include <vector>

namespace parley::test {

using std::chrono::milliseconds;

// What was told or sent, one short line each.
using Lines = std::vector<std::string>;

inline const DiscussionId tram{"tram"};
inline const MonotonicTime start{std::chrono::hours{1'000}};

// A store of one discussion.
class LiveStore {
public:
    using ChangesetPtr = std::shared_ptr<const Changeset>;

    explicit LiveStore(DiscussionId discussion = tram) : discussion_(std::move(discussion)) {}

    ChangesetPtr vote(int comment) {
        Tally& tally = begin(comment).tally;
        tally.score = tally.up = tally.stamp = position.seq;
        return commit();
    }
    ChangesetPtr post(int comment, std::size_t bytes = 10) {
        write(comment, std::string(bytes, 'x'), CommentState::visible);
        return commit();
    }
    // A page of an import: many comments in one transaction.
    ChangesetPtr post_many(int first, int count, std::size_t bytes) {
        write(first, std::string(bytes, 'x'), CommentState::visible);
        for (int i = 1; i < count; ++i) {
            --position.seq;
            write(first + i, std::string(bytes, 'x'), CommentState::visible);
        }
        return commit();
    }
    ChangesetPtr remove(int comment) {
        write(comment, {}, CommentState::removed);
        return commit(true);
    }
    [[nodiscard]] Changeset since(Seq seq) const {
        Changeset out;
        out.discussion = discussion_;
        out.epoch = position.epoch;
        out.prev = seq;
        out.seq = std::max(seq, position.seq);
        for (const auto& [id, view] : comments_) {
            if (view.content && view.content->stamp > seq) out.comments.push_back(view);
            else if (view.tally.stamp > seq) out.scores.push_back(view.tally);
        }
        return out;
    }
    // Another history: what there is keeps its form and begins to count anew.
    void restore(std::string epoch) {
        position = {Epoch{std::move(epoch)}, 0};
        comments_.clear();
    }
    [[nodiscard]] const std::map<int, CommentView>& comments() const { return comments_; }

    Position position{Epoch{"a"}, 0};

private:
    CommentView& begin(int comment) {
        ++position.seq;
        CommentView& view = comments_[comment];
        view.tally.id = CommentId{comment};
        return view;
    }
    void write(int comment, std::string body, CommentState state) {
        CommentView& view = begin(comment);
        auto content = std::make_shared<CommentContent>();
        content->id = CommentId{comment};
        content->body = std::move(body);
        content->state = state;
        content->stamp = position.seq;
        view.content = std::move(content);
    }
    ChangesetPtr commit(bool takes_text_away = false) {
        Changeset out = since(position.seq - 1);
        out.takes_text_away = takes_text_away;
        return std::make_shared<const Changeset>(std::move(out));
    }

    DiscussionId discussion_;
    std::map<int, CommentView> comments_;
};

// --- messages as lines ---------------------------------------------------------------------------

inline boost::json::object parse_frame(const Frame& frame) {
    return boost::json::parse(frame->payload()).as_object();
}

// "update 2-5", "current 5", "reload epoch".
inline std::string line_of(const boost::json::object& frame) {
    const std::string type(frame.at("type").as_string());
    const auto number = [&](const char* key) {
        return std::to_string(frame.at(key).to_number<std::int64_t>());
    };
    if (type == "update") return type + " " + number("prev") + "-" + number("seq");
    if (type == "subscribed") return type + " " + number("seq");
    if (type == "presence") return type + " " + number("reading");
    if (type == "reload") return type + " " + std::string(frame.at("reason").as_string());
    if (type == "error") return type + " " + std::string(frame.at("code").as_string());
    if (type == "current") {
        const std::string every = number("every_ms");
        return type + " " + number("seq") + (every == "0" ? "" : " every " + every);
    }
    return type;
}

inline std::string line_of(const Frame& frame) { return line_of(parse_frame(frame)); }

struct MessageLine {
    static std::string range(Seq a, Seq b) { return std::to_string(a) + "-" + std::to_string(b); }

    std::string operator()(const Opened& one) const {
        return "opened " + std::to_string(one.position.seq);
    }
    std::string operator()(const Updated& one) const {
        return "updated " + range(one.prev, one.seq) +
               (one.current ? " " + line_of(one.current) : "");
    }
    std::string operator()(const CaughtUp& one) const {
        return (one.frame ? "caught up " : "nothing missed ") + range(one.since, one.seq);
    }
    std::string operator()(const TooFar& one) const {
        return "too far " + std::to_string(one.since);
    }
    std::string operator()(const Ahead& one) const { return "ahead " + std::to_string(one.since); }
    std::string operator()(const Restarted& one) const {
        return "restarted " + std::to_string(one.position.seq) + " " +
               std::string(to_string(one.reason));
    }
    std::string operator()(const Gone& one) const {
        return "gone " + std::string(wire_code(one.error.code));
    }
    std::string operator()(const Notice& one) const { return line_of(one.frame); }
    std::string operator()(const Greeting& one) const {
        std::string line = "greeting";
        if (one.current) line += " " + line_of(one.current);
        if (one.presence) line += " " + line_of(one.presence);
        return line;
    }
    std::string operator()(const Watch& one) const {
        return "watch " + std::to_string(one.readers) + (one.deflate ? " deflate" : "") +
               (one.newcomers ? " newcomers" : "");
    }
    std::string operator()(const CatchUpRequest& one) const {
        std::string line = "catch up";
        for (const Seq since : one.since) line += " " + std::to_string(since);
        return line;
    }
    std::string operator()(const Doubt& one) const { return "doubt " + std::to_string(one.since); }
};

}  // namespace parley::test
