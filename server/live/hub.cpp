#include "live/hub.hpp"

#include "live/hub_state.hpp"

#include <utility>

namespace parley {

// The readers' side: connections, subscriptions, outboxes. The rooms' side is in hub_rooms.cpp.

Hub::Hub(Port& port, const Limits& limits) : port_(port), limits_(limits) {}
Hub::~Hub() = default;

ConnectionId Hub::connect() {
    const ConnectionId id{next_connection_++};
    connections_.emplace(id, std::make_unique<Connection>(limits_.outbox_bytes_max));
    return id;
}

void Hub::disconnect(ConnectionId id) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    for (Subscription& one : found->second->slots) {
        if (one.state == Subscription::State::free) continue;
        one.place->members.erase(id);
        if (one.place->members.empty()) places_.erase(DiscussionId(one.place->room.discussion()));
    }
    connections_.erase(found);
}

void Hub::subscribe(ConnectionId id, const DiscussionId& discussion,
                    const std::optional<Epoch>& epoch, std::optional<Seq> since,
                    MonotonicTime now) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    Connection& connection = *found->second;
    const std::string topic = topic_of(discussion);
    if (since && *since != 0 && !epoch) {
        send(id, encode_live_error(make_error(Errc::epoch_required), topic));
        return;
    }
    Place& place = open_room(discussion);
    if (place.members.empty()) place.last_current_at = now;
    const auto [member, is_new] = place.members.emplace(id, connection.slots.size());
    if (is_new) {
        for (std::size_t slot = 0; slot < connection.slots.size(); ++slot) {
            if (connection.slots[slot].state == Subscription::State::free) member->second = slot;
        }
        if (member->second >= limits_.subscriptions_per_connection_max) {
            place.members.erase(member);
            if (place.members.empty()) places_.erase(discussion);
            send(id, encode_live_error(make_error(Errc::too_large,
                                                  "This connection holds as many topics as it "
                                                  "may. Unsubscribe from one first."),
                                       topic));
            return;
        }
        if (member->second == connection.slots.size()) connection.slots.emplace_back();
    }
    connection.outbox.drop_slot(member->second);
    if (connection.in_flight && connection.in_flight->slot == member->second) {
        connection.in_flight.reset();
    }
    Subscription& subscription = connection.slots[member->second];
    subscription = Subscription{};
    subscription.state = Subscription::State::waiting;
    subscription.place = &place;
    subscription.epoch = epoch;
    subscription.since = since;
    subscription.admission_read = place.position_reads_started + 1;
    settle(place, now);
}

void Hub::unsubscribe(ConnectionId id, const DiscussionId& discussion) {
    const auto place = places_.find(discussion);
    if (place == places_.end() || !place->second->members.contains(id)) return;
    end(*place->second, id, nullptr);
    if (place->second->members.empty()) places_.erase(place);
}

void Hub::send(ConnectionId id, Frame frame) {
    const auto found = connections_.find(id);
    if (found != connections_.end()) queue(id, *found->second, {std::move(frame), std::nullopt});
}

Frame Hub::take(ConnectionId id, MonotonicTime now) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return nullptr;
    Connection& connection = *found->second;
    if (connection.in_flight) {
        connection.slots[connection.in_flight->slot].handed = connection.in_flight->seq;
        connection.in_flight.reset();
    }
    if (std::optional<Outbox::Item> item = connection.outbox.pop()) {
        connection.in_flight = item->mark;
        return std::move(item->frame);
    }
    // The reader has taken everything: those that fell behind are ready for their catch-up.
    for (Subscription& one : connection.slots) {
        if (one.state != Subscription::State::behind || one.drained) continue;
        one.drained = true;
        one.behind_at = one.handed;
        request_reads(*one.place, now);
    }
    return nullptr;
}

void Hub::queue(ConnectionId id, Connection& connection, Outbox::Item item) {
    if (connection.closing) return;
    const bool was_empty = connection.outbox.empty();
    const bool is_update = item.mark.has_value();
    ++stats_.frames_queued;
    if (connection.outbox.push(item) == Outbox::Push::overflow) {
        conflate(connection);
        // An update is part of what the catch-up will bring; anything else must still go out.
        if (!is_update && connection.outbox.push(std::move(item)) == Outbox::Push::overflow) {
            connection.closing = true;
            port_.close(id);
            return;
        }
    }
    if (was_empty && !connection.outbox.empty()) port_.wake(id);
}

void Hub::conflate(Connection& connection) {
    ++stats_.overflows;
    connection.outbox.drop_updates();
    for (Subscription& one : connection.slots) {
        const bool affected =
            one.state == Subscription::State::live || one.state == Subscription::State::behind;
        if (!affected) continue;
        one.state = Subscription::State::behind;
        one.drained = false;
    }
}

std::vector<DiscussionId> Hub::watched() const {
    std::vector<DiscussionId> ids;
    ids.reserve(places_.size());
    for (const auto& [id, place] : places_) ids.push_back(id);
    return ids;
}

Hub::Stats Hub::stats() const {
    Stats stats = stats_;
    stats.connections = connections_.size();
    stats.rooms = places_.size();
    for (const auto& [id, place] : places_) stats.subscriptions += place->members.size();
    return stats;
}

}  // namespace parley
