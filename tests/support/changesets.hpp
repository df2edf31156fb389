#pragma once

#include "discussion/changeset.hpp"

#include <memory>
#include <random>
#include <string>
#include <utility>

namespace parley::test {

// Every field of a changeset in one text, so that two can be compared and a difference be read.
inline std::string describe(const ContentNode& node) {
    std::string text = std::string(to_string(node.tag)) + "<" + node.text + ">";
    for (const ContentNode& child : node.children) text += "(" + describe(child) + ")";
    return text;
}

inline std::string describe(const CommentContent& content) {
    const auto id = [](const std::optional<CommentId>& one) {
        return one ? to_string(*one) : std::string("-");
    };
    std::string text = to_string(content.id) + " parent " + id(content.parent) + " path";
    for (const CommentId ancestor : content.path) text += " " + to_string(ancestor);
    text += " number " + content.number + " in reply to " + id(content.in_reply_to) + " author ";
    if (content.author) {
        text += to_string(content.author->id) + " " + content.author->name;
        for (const std::string& badge : content.author->badges) text += " [" + badge + "]";
    }
    text += " at " + format_rfc3339(content.created_at) + " edited ";
    if (content.edited_at) text += format_rfc3339(*content.edited_at);
    text += " " + std::string(to_string(content.state)) + " body " + content.body + " content";
    for (const ContentNode& node : content.content) text += " " + describe(node);
    if (content.quote) {
        text += " quote " + id(content.quote->comment) + " " + content.quote->author + " " +
                content.quote->text + (content.quote->verified ? " verified" : "");
    }
    return text + " stamp " + std::to_string(content.stamp);
}

inline std::string describe(const Tally& tally) {
    return to_string(tally.id) + ": +" + std::to_string(tally.up) + " -" +
           std::to_string(tally.down) + " = " + std::to_string(tally.score) + ", " +
           std::to_string(tally.replies) + " replies, stamp " + std::to_string(tally.stamp);
}

inline std::string describe(const Changeset& changeset) {
    std::string text = changeset.discussion.value + " " + changeset.epoch.value + " " +
                       std::to_string(changeset.prev) + "-" + std::to_string(changeset.seq) +
                       " count " + std::to_string(changeset.comment_count) +
                       (changeset.takes_text_away ? " takes text away" : "") + "\n";
    for (const CommentView& comment : changeset.comments) {
        text += "  comment " + describe(*comment.content) + " | " + describe(comment.tally) + "\n";
    }
    for (const Tally& tally : changeset.scores) text += "  score " + describe(tally) + "\n";
    if (changeset.info) {
        text += "  info " + changeset.info->title + " " + changeset.info->url + " " +
                std::string(to_string(changeset.info->state)) + " stamp " +
                std::to_string(changeset.info->stamp);
        for (const Channel& channel : changeset.info->channels) {
            text += " {" + channel.name + " " + channel.url + "}";
        }
        text += "\n";
    }
    return text;
}

// Changesets with every field that there is, by a seed.
class RandomChangesets {
public:
    explicit RandomChangesets(std::uint64_t seed) : random_(seed) {}

    std::shared_ptr<const Changeset> next() {
        auto made = std::make_shared<Changeset>();
        made->discussion = {below(2) == 0 ? "tram-line" : "a.b_c~" + std::to_string(below(100))};
        made->epoch = {"k" + std::to_string(below(1'000))};
        made->prev = below(1'000'000);
        made->seq = made->prev + 1 + below(3);
        made->comment_count = below(10'000);
        made->takes_text_away = maybe();
        for (std::int64_t i = below(4); i > 0; --i) made->comments.push_back(comment());
        for (std::int64_t i = below(4); i > 0; --i) made->scores.push_back(tally(id()));
        if (maybe()) made->info = info();
        return made;
    }

private:
    std::int64_t below(std::int64_t bound) {
        return std::uniform_int_distribution<std::int64_t>(0, bound - 1)(random_);
    }
    bool maybe() { return below(2) == 0; }
    CommentId id() { return CommentId{1 + below(std::int64_t{1} << 62U)}; }
    std::optional<CommentId> id_if() {
        return maybe() ? std::optional<CommentId>(id()) : std::nullopt;
    }
    WallTime time() { return WallTime(std::chrono::milliseconds(below(4'000'000'000'000))); }

    std::string text() {
        static constexpr const char* parts[] = {"word",
                                                " ",
                                                "\"",
                                                "\\",
                                                "\n",
                                                "ä",
                                                "\xE2\x80\xA6",
                                                "</script>",
                                                "\x01",
                                                "\xF0\x9F\x98\x80",
                                                "\t"};
        std::string made;
        for (std::int64_t i = below(8); i > 0; --i) {
            made += parts[static_cast<std::size_t>(below(std::size(parts)))];
        }
        return made;
    }
    ContentNode node(int depth) {
        if (depth == 0 || maybe()) return {ContentTag::text, text(), {}};
        ContentNode made{static_cast<ContentTag>(1 + below(15)), "", {}};
        if (made.tag == ContentTag::a) made.text = "https://example.org/" + text();
        for (std::int64_t i = below(3); i > 0; --i) made.children.push_back(node(depth - 1));
        return made;
    }
    Tally tally(CommentId of) {
        return {of, below(100), below(100), below(200) - 100, below(50), below(1'000'000)};
    }
    CommentView comment() {
        CommentContent made;
        made.id = id();
        made.parent = id_if();
        for (std::int64_t i = below(5); i > 0; --i) made.path.push_back(id());
        if (maybe()) made.number = "1." + std::to_string(1 + below(9));
        made.in_reply_to = id_if();
        if (maybe()) made.author = Author{AccountId{1 + below(1'000)}, text(), {}};
        if (made.author && maybe()) made.author->badges = {"moderator", text()};
        made.created_at = time();
        if (maybe()) made.edited_at = time();
        made.state = static_cast<CommentState>(below(4));
        made.body = text();
        for (std::int64_t i = below(3); i > 0; --i) made.content.push_back(node(6));
        if (maybe()) made.quote = Quote{id_if(), text(), text(), maybe()};
        made.stamp = below(1'000'000);
        const Tally numbers = tally(made.id);
        return {std::make_shared<const CommentContent>(std::move(made)), numbers};
    }
    DiscussionInfo info() {
        DiscussionInfo made{text(), text(), static_cast<DiscussionState>(below(3)), {}, 0};
        for (std::int64_t i = below(3); i > 0; --i) made.channels.push_back({text(), text()});
        made.stamp = below(1'000'000);
        return made;
    }

    std::mt19937_64 random_;
};

}  // namespace parley::test
