#include "live/count_topics.hpp"

#include <algorithm>
#include <utility>

namespace parley {

// What the readers of one discussion are told, encoded once, when the first of them needs it.
struct CountTopics::Told {
    const CommentCount& count;
    Frame subscribed;
    Frame changed;
};

CountTopics::CountTopics(FrameEncoder& encoder, Offer offer)
    : encoder_(encoder), offer_(std::move(offer)) {}

bool CountTopics::subscribe(ConnectionId reader, const DiscussionId& discussion) {
    Held& held = held_[reader.index];
    held.generation = reader.generation;
    unsubscribe(reader, discussion);  // again: answered again
    Held& mine = held_[reader.index];
    mine.generation = reader.generation;
    if (mine.discussions.size() >= count_topics_per_connection_max) return false;
    mine.discussions.push_back(discussion);
    readers_[discussion].push_back({reader, std::nullopt});
    if (std::find(unread_.begin(), unread_.end(), discussion) == unread_.end()) {
        unread_.push_back(discussion);
    }
    return true;
}

void CountTopics::unsubscribe(ConnectionId reader, const DiscussionId& discussion) {
    const auto held = held_.find(reader.index);
    if (held == held_.end() || held->second.generation != reader.generation) return;
    if (std::erase(held->second.discussions, discussion) == 0) return;
    if (held->second.discussions.empty()) held_.erase(held);
    forget(reader, discussion);
}

void CountTopics::disconnect(ConnectionId reader) {
    const auto held = held_.find(reader.index);
    if (held == held_.end() || held->second.generation != reader.generation) return;
    const std::vector<DiscussionId> discussions = std::move(held->second.discussions);
    held_.erase(held);
    for (const DiscussionId& discussion : discussions) forget(reader, discussion);
}

void CountTopics::forget(ConnectionId reader, const DiscussionId& discussion) {
    const auto found = readers_.find(discussion);
    if (found == readers_.end()) return;
    std::erase_if(found->second, [&](const Reader& one) { return one.id == reader; });
    if (found->second.empty()) readers_.erase(found);
}

std::vector<DiscussionId> CountTopics::watched() const {
    std::vector<DiscussionId> ids;
    ids.reserve(readers_.size());
    for (const auto& [discussion, readers] : readers_) ids.push_back(discussion);
    return ids;
}

void CountTopics::on_counts(std::span<const DiscussionId> asked,
                            std::span<const CommentCount> found) {
    std::map<DiscussionId, const CommentCount*> counts;
    for (const CommentCount& count : found) counts.emplace(count.discussion, &count);
    for (const DiscussionId& discussion : asked) {
        const auto readers = readers_.find(discussion);
        if (readers == readers_.end()) continue;
        const auto count = counts.find(discussion);
        if (count == counts.end()) {
            end(discussion);
            continue;
        }
        Told told{*count->second, nullptr, nullptr};
        for (Reader& reader : readers->second) tell(reader, told);
    }
}

void CountTopics::tell(Reader& reader, Told& told) {
    const CommentCount& count = told.count;
    const bool is_news = !reader.told || reader.told->comment_count != count.comment_count ||
                         reader.told->position.epoch != count.position.epoch;
    if (!is_news) return;
    // Two reads may come back the wrong way round.
    if (reader.told && reader.told->position.epoch == count.position.epoch &&
        reader.told->position.seq > count.position.seq) {
        return;
    }
    if (!reader.told) {
        if (!told.subscribed) {
            const std::string topic = count_topic_of(count.discussion);
            told.subscribed = encoder_.text(encode_subscribed(topic, count.position), false);
        }
        if (!offer_(reader.id, told.subscribed)) return;
    }
    if (!told.changed) told.changed = encoder_.text(encode_count(count), false);
    if (!offer_(reader.id, told.changed)) return;
    reader.told = count;
}

void CountTopics::end(const DiscussionId& discussion) {
    const Frame frame = encoder_.text(
        encode_live_error(make_error(Errc::unknown_discussion), count_topic_of(discussion)), false);
    const std::vector<Reader> readers = readers_.at(discussion);
    for (const Reader& reader : readers) {
        // One without room is told with the next sweep.
        if (offer_(reader.id, frame)) unsubscribe(reader.id, discussion);
    }
}

}  // namespace parley
