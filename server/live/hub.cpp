#include "live/hub.hpp"

#include "base/mutants.hpp"
#include "live/hub_state.hpp"

#include <algorithm>
#include <utility>

namespace parley {

// The readers' side: connections, subscriptions, outboxes. What rooms say is in hub_audience.cpp.

Hub::Hub(Port& port, FrameEncoder& encoder, const Limits& limits, ShardIndex shard)
    : port_(port),
      encoder_(encoder),
      limits_(limits),
      shard_(shard),
      slab_(std::make_unique<Slab<Connection>>()) {}
Hub::~Hub() = default;

ConnectionId Hub::connect(FrameForm form) {
    std::uint32_t index = 0;
    if (free_.empty()) {
        index = static_cast<std::uint32_t>(connections_.size());
        connections_.emplace_back();
    } else {
        index = free_.back();
        free_.pop_back();
    }
    connections_[index] = slab_->make(form);
    connections_[index]->generation = next_generation_++;
    ++stats_.connections;
    return {index, connections_[index]->generation};
}

void Hub::disconnect(ConnectionId id) {
    Connection* connection = find(id);
    if (connection == nullptr) return;
    for (std::size_t slot = 0; slot < connection->slots.size(); ++slot) {
        const Subscription& one = connection->slots[slot];
        if (one.state == Subscription::State::free) continue;
        Audience& audience = *one.audience;
        leave({id.index, one.ticket, static_cast<std::uint16_t>(slot)});
        close_if_empty(audience);
    }
    connections_[id.index].reset();
    free_.push_back(id.index);
    --stats_.connections;
    if (stats_.connections == 0) {
        // Generations go on, so no name comes again.
        connections_.clear();
        connections_.shrink_to_fit();
        free_.clear();
        free_.shrink_to_fit();
    }
}

Hub::Connection* Hub::find(ConnectionId id) const {
    if (id.index >= connections_.size()) return nullptr;
    Connection* connection = connections_[id.index].get();
    return connection != nullptr && connection->generation == id.generation ? connection : nullptr;
}

Hub::Subscription* Hub::find(const Member& member) const {
    if (member.connection >= connections_.size()) return nullptr;
    Connection* connection = connections_[member.connection].get();
    if (connection == nullptr || member.slot >= connection->slots.size()) return nullptr;
    Subscription& one = connection->slots[member.slot];
    const bool same = one.state != Subscription::State::free && one.ticket == member.ticket;
    return same ? &one : nullptr;
}

std::optional<std::uint16_t> Hub::free_slot(Connection& connection) const {
    for (std::size_t slot = 0; slot < connection.slots.size(); ++slot) {
        if (connection.slots[slot].state == Subscription::State::free) {
            return static_cast<std::uint16_t>(slot);
        }
    }
    if (connection.slots.size() >= limits_.subscriptions_per_connection_max) return std::nullopt;
    connection.slots.add();
    return static_cast<std::uint16_t>(connection.slots.size() - 1);
}

void Hub::subscribe(ConnectionId id, const DiscussionId& discussion,
                    const std::optional<Epoch>& epoch, std::optional<Seq> since) {
    Connection* connection = find(id);
    if (connection == nullptr || connection->closing) return;
    const auto refuse = [&](const Error& error) {
        queue_last_word(id.index, *connection,
                        text(encode_live_error(error, topic_of(discussion))));
    };
    if (since && *since != 0 && !epoch && !is_mutated(Mutant::resume_without_epoch)) {
        return refuse(make_error(Errc::epoch_required));
    }
    unsubscribe(id, discussion);
    const auto slot = free_slot(*connection);
    if (!slot) {
        return refuse(make_error(Errc::too_large,
                                 "This connection holds as many topics as it may. Unsubscribe "
                                 "from one first."));
    }
    Audience& audience = open_audience(discussion);
    Subscription& one = connection->slots[*slot];
    one = Subscription{};
    one.state = Subscription::State::waiting;
    one.audience = &audience;
    one.ticket = next_ticket_++;
    one.place = static_cast<std::uint32_t>(audience.members.size());
    const Member member{id.index, one.ticket, *slot};
    audience.members.push_back(member);
    if (connection->outbox.form() == FrameForm::deflated) ++audience.deflate_readers;
    ++stats_.subscriptions;
    mark_changed(audience);
    const Waiting waiting{member, epoch, since};
    if (audience.position && admit(audience, waiting)) return close_if_empty(audience);
    wait(audience, waiting);
}

void Hub::unsubscribe(ConnectionId id, const DiscussionId& discussion) {
    const auto found = audiences_.find(discussion);
    Connection* connection = find(id);
    if (connection == nullptr || found == audiences_.end()) return;
    Audience& audience = *found->second;
    for (std::size_t slot = 0; slot < connection->slots.size(); ++slot) {
        const Subscription& one = connection->slots[slot];
        if (one.state == Subscription::State::free || one.audience != &audience) continue;
        leave({id.index, one.ticket, static_cast<std::uint16_t>(slot)});
        return close_if_empty(audience);
    }
}

void Hub::send(ConnectionId id, Frame frame) {
    if (Connection* connection = find(id)) queue_notice(id.index, *connection, std::move(frame));
}

void Hub::send_control(ConnectionId id, Frame frame) {
    Connection* connection = find(id);
    if (connection == nullptr || connection->closing) return;
    const bool was_empty = connection->outbox.empty();
    connection->outbox.push_control(std::move(frame));
    if (was_empty) port_.wake(id);
}

void Hub::send_last(ConnectionId id, Frame frame) {
    Connection* connection = find(id);
    if (connection == nullptr || connection->closing) return;
    connection->outbox.drop_data();
    connection->outbox.push_control(std::move(frame));
    connection->closing = true;
    port_.wake(id);
}

std::size_t Hub::gather(ConnectionId id, std::span<std::string_view> pieces) const {
    const Connection* connection = find(id);
    return connection == nullptr ? 0 : connection->outbox.gather(pieces);
}

std::size_t Hub::queued_bytes(ConnectionId id) const {
    const Connection* connection = find(id);
    return connection == nullptr ? 0 : connection->outbox.bytes();
}

void Hub::sent(ConnectionId id, std::size_t bytes) {
    Connection* connection = find(id);
    if (connection == nullptr) return;
    connection->outbox.sent(
        bytes, [&](const Outbox::Mark& mark) { connection->slots[mark.slot].handed = mark.seq; });
    if (connection->outbox.empty()) on_drained(id.index, *connection);
}

// The reader has taken everything: those that fell behind are ready for their catch-up. Where some
// found no room in the last round, these alone: else a topic that misses much all the time would
// fill the outbox each time before another has its turn.
void Hub::on_drained(std::uint32_t index, Connection& connection) {
    bool is_turn_of_passed_over = false;
    for (std::size_t slot = 0; slot < connection.slots.size(); ++slot) {
        const Subscription& one = connection.slots[slot];
        is_turn_of_passed_over = is_turn_of_passed_over || one.passed_over;
    }
    for (std::size_t slot = 0; slot < connection.slots.size(); ++slot) {
        Subscription& one = connection.slots[slot];
        if (one.state != Subscription::State::behind || one.drained) continue;
        if (is_turn_of_passed_over && !one.passed_over) continue;
        one.drained = true;
        fall_behind(*one.audience, {index, one.ticket, static_cast<std::uint16_t>(slot)}, one,
                    one.handed);
    }
}

void Hub::queue_notice(std::uint32_t index, Connection& connection, Frame frame) {
    if (connection.closing) return;
    const bool was_empty = connection.outbox.empty();
    ++stats_.frames_queued;
    if (connection.outbox.push_notice(frame, limits_.outbox_bytes_max) == Outbox::Push::overflow) {
        conflate(connection);
        if (connection.outbox.push_notice(std::move(frame), limits_.outbox_bytes_max) ==
            Outbox::Push::overflow) {
            port_.refuse({index, connection.generation});
            return;
        }
    }
    if (was_empty) port_.wake({index, connection.generation});
}

// Why there is no subscription, or no longer.
void Hub::queue_last_word(std::uint32_t index, Connection& connection, Frame frame) {
    queue_notice(index, connection, std::move(frame));
    if (connection.outbox.form() != FrameForm::event || connection.closing) return;
    connection.closing = true;
    port_.finish({index, connection.generation});
}

// Queues it where there is room. No reader is to lose an update, let alone its connection, over
// what will be told again.
bool Hub::offer_notice(std::uint32_t index, const Frame& frame) {
    Connection& connection = *connections_[index];
    if (!frame || connection.closing) return true;
    const bool was_empty = connection.outbox.empty();
    if (connection.outbox.push_notice(frame, limits_.outbox_bytes_max) == Outbox::Push::overflow) {
        return false;
    }
    ++stats_.frames_queued;
    if (was_empty) port_.wake({index, connection.generation});
    return true;
}

bool Hub::offer(ConnectionId id, const Frame& frame) {
    return find(id) == nullptr || offer_notice(id.index, frame);
}

void Hub::queue_update(std::uint32_t index, Connection& connection, const Frame& frame,
                       Outbox::Mark mark) {
    if (connection.closing) return;
    const bool was_empty = connection.outbox.empty();
    ++stats_.frames_queued;
    if (connection.outbox.push_update(frame, mark, limits_.outbox_bytes_max) ==
        Outbox::Push::overflow) {
        // The update is part of what the catch-up will bring.
        conflate(connection);
        if (connection.outbox.empty()) on_drained(index, connection);
        return;
    }
    ++stats_.deliveries;
    if (was_empty) port_.wake({index, connection.generation});
}

// False: it does not fit. What waits stays, or several catch-ups of one reader would drop each
// other for ever; but nothing is added until all of it was taken, so that its turn comes.
bool Hub::queue_catch_up(const Member& member, const CaughtUp& catch_up) {
    Connection& connection = *connections_[member.connection];
    if (connection.closing) return false;
    const bool was_empty = connection.outbox.empty();
    if (connection.outbox.push_update(catch_up.frame, {member.slot, catch_up.seq},
                                      limits_.outbox_bytes_max) == Outbox::Push::overflow) {
        ++stats_.overflows;
        hold_back(connection);
        return false;
    }
    ++stats_.frames_queued;
    ++stats_.deliveries;
    if (was_empty) port_.wake({member.connection, connection.generation});
    return true;
}

void Hub::conflate(Connection& connection) {
    ++stats_.overflows;
    connection.outbox.drop_updates();
    hold_back(connection);
}

// No update for any subscription until the outbox has run empty and a catch-up was queued.
void Hub::hold_back(Connection& connection) {
    for (std::size_t slot = 0; slot < connection.slots.size(); ++slot) {
        Subscription& one = connection.slots[slot];
        const bool affected =
            one.state == Subscription::State::live || one.state == Subscription::State::behind;
        if (!affected) continue;
        // What was asked for it would come to a reader that may be sent nothing.
        if (one.state == Subscription::State::behind && one.drained) one.passed_over = true;
        if (is_mutated(Mutant::queued_counts_as_sent)) one.handed = one.audience->position->seq;
        one.state = Subscription::State::behind;
        one.drained = false;
    }
}

// Too much waits in all: whoever lags gives up what waits for it, and is caught up later.
void Hub::relieve() {
    const std::size_t alive = encoder_.alive_bytes();
    if (alive <= live_frames_bytes_max) relieve_above_bytes_ = live_frames_bytes_max;
    if (alive <= relieve_above_bytes_) return;
    for (std::uint32_t index = 0; index < connections_.size(); ++index) {
        Connection* connection = connections_[index].get();
        if (connection == nullptr || connection->outbox.empty()) continue;
        conflate(*connection);
        if (connection->outbox.empty()) on_drained(index, *connection);
    }
    // What is left is on its way to the kernel; looking again is worth it when an eighth was added.
    relieve_above_bytes_ =
        std::max(live_frames_bytes_max, encoder_.alive_bytes() + live_frames_bytes_max / 8);
}

}  // namespace parley
