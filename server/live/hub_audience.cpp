#include "base/mutants.hpp"
#include "live/hub.hpp"
#include "live/hub_state.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace parley {

namespace {

// Readers who are about as far behind share a catch-up: their positions are rounded down, to at
// most a quarter more than they missed.
Seq shared_since(Seq at, Seq position) {
    if (at >= position) return at;
    const auto missed = static_cast<std::uint64_t>(position - at);
    constexpr unsigned kept_bits = 3;
    const auto width = static_cast<unsigned>(std::bit_width(missed));
    const unsigned dropped_bits = width > kept_bits ? width - kept_bits : 0;
    const Seq rounded = at >> dropped_bits << dropped_bits;
    if (is_mutated(Mutant::shared_since_rounded_up) && rounded < at) {
        return std::min(position, rounded + (Seq{1} << dropped_bits));
    }
    return rounded;
}

void add_once(std::vector<Seq>& seqs, Seq seq) {
    if (std::find(seqs.begin(), seqs.end(), seq) == seqs.end()) seqs.push_back(seq);
}

}  // namespace

Hub::Audience& Hub::open_audience(const DiscussionId& discussion) {
    std::unique_ptr<Audience>& audience = audiences_[discussion];
    if (!audience) {
        audience = std::make_unique<Audience>();
        audience->discussion = discussion;
        audience->topic = topic_of(discussion);
        audience->watch = {shard_, next_watch_++};
    }
    return *audience;
}

void Hub::mark_changed(Audience& audience) {
    if (std::exchange(audience.changed, true)) return;
    changed_.push_back(audience.discussion);
}

void Hub::close_if_empty(Audience& audience) {
    if (!audience.members.empty()) return;
    if (audience.told_readers > 0) {
        port_.to_room({audience.discussion, audience.watch, Watch{}});
    }
    audiences_.erase(DiscussionId(audience.discussion));
}

void Hub::end_turn() {
    for (const DiscussionId& discussion : std::exchange(changed_, {})) {
        const auto found = audiences_.find(discussion);
        if (found == audiences_.end()) continue;
        Audience& audience = *found->second;
        audience.changed = false;
        const auto readers = static_cast<std::uint32_t>(audience.members.size());
        const bool deflate = audience.deflate_readers > 0;
        const bool newcomers = !audience.newcomers.empty();
        if (newcomers) audience.to_greet.push_back(std::exchange(audience.newcomers, {}));
        if (newcomers || readers != audience.told_readers || deflate != audience.told_deflate) {
            audience.told_readers = readers;
            audience.told_deflate = deflate;
            port_.to_room({discussion, audience.watch, Watch{readers, deflate, newcomers}});
        }
        if (!audience.to_ask.empty()) {
            std::sort(audience.to_ask.begin(), audience.to_ask.end());
            port_.to_room(
                {discussion, audience.watch, CatchUpRequest{std::exchange(audience.to_ask, {})}});
        }
        if (const auto doubt = std::exchange(audience.doubt, std::nullopt)) {
            port_.to_room({discussion, audience.watch, Doubt{*doubt}});
        }
    }
}

void Hub::on_message(const ToHub& message) {
    const auto found = audiences_.find(message.discussion);
    if (found == audiences_.end() || found->second->watch != message.watch) {
        // A watch that `Gone` had ended may have met a new room while it was told of more readers.
        if (std::holds_alternative<Opened>(message.what)) {
            port_.to_room({message.discussion, message.watch, Watch{}});
        }
        return;
    }
    Audience& audience = *found->second;
    std::visit([&](const auto& what) { handle(audience, what); }, message.what);
    // Whoever it ended may have been the last.
    const auto still = audiences_.find(message.discussion);
    if (still != audiences_.end()) close_if_empty(*still->second);
}

void Hub::handle(Audience& audience, const Opened& opened) {
    audience.position = opened.position;
    admit_waiting(audience);
}

void Hub::handle(Audience& audience, const Updated& update) {
    relieve();
    audience.position->seq = std::max(audience.position->seq, update.seq);
    for (const Member& member : audience.members) {
        Connection& connection = *connections_[member.connection];
        if (connection.slots[member.slot].state != Subscription::State::live) continue;
        queue_update(member.connection, connection, update.frame, {member.slot, update.seq});
        const bool follows = connection.slots[member.slot].state == Subscription::State::live;
        if (follows) offer_notice(member.connection, update.current);
    }
    admit_waiting(audience);
}

void Hub::handle(Audience& audience, const CaughtUp& catch_up) {
    auto asked = audience.asked.extract(catch_up.since);
    if (asked.empty()) return;
    for (const Member& member : asked.mapped()) {
        Subscription* one = find(member);
        const bool waits = one != nullptr && one->state == Subscription::State::behind &&
                           one->drained && one->behind_at == catch_up.since;
        if (!waits) continue;
        if (!catch_up.frame) {
            go_live(audience, member, *one);
            // The turn of those that it was ahead of.
            Connection& connection = *connections_[member.connection];
            if (connection.outbox.empty()) on_drained(member.connection, connection);
        } else if (queue_catch_up(member, catch_up)) {
            ++stats_.catch_ups;
            go_live(audience, member, *one);
        }
    }
}

void Hub::handle(Audience& audience, const TooFar& too_far) {
    auto asked = audience.asked.extract(too_far.since);
    if (asked.empty()) return;
    const Frame frame =
        text(encode_reload(audience.topic, audience.position->epoch, ReloadReason::too_far));
    for (const Member& member : asked.mapped()) {
        const Subscription* one = find(member);
        const bool waits = one != nullptr && one->state == Subscription::State::behind &&
                           one->drained && one->behind_at == too_far.since;
        if (waits) end(member, frame);
    }
}

void Hub::handle(Audience& audience, const Ahead& ahead) {
    const Frame frame =
        text(encode_reload(audience.topic, audience.position->epoch, ReloadReason::ahead));
    std::erase_if(audience.waiting, [&](const Waiting& one) {
        if (find(one.member) == nullptr) return true;  // it has left meanwhile
        if (!one.since || *one.since < ahead.since || *one.since <= audience.position->seq) {
            return false;
        }
        end(one.member, frame);
        return true;
    });
}

void Hub::handle(Audience& audience, const Restarted& restarted) {
    audience.position = restarted.position;
    const Frame frame =
        text(encode_reload(audience.topic, restarted.position.epoch, restarted.reason));
    // Those who wait hold a position of their own and are measured against the new one.
    const std::vector<Member> members = audience.members;
    for (const Member& member : members) {
        const Subscription* one = find(member);
        if (one != nullptr && one->state != Subscription::State::waiting) end(member, frame);
    }
    audience.asked.clear();
    audience.to_ask.clear();
    admit_waiting(audience);
}

void Hub::handle(Audience& audience, const Gone& gone) {
    audience.told_readers = 0;
    end_all(audience, text(encode_live_error(gone.error, audience.topic)));
}

void Hub::handle(Audience& audience, const Notice& notice) {
    for (const Member& member : audience.members) {
        Connection& connection = *connections_[member.connection];
        if (connection.slots[member.slot].state != Subscription::State::live) continue;
        if (connection.outbox.empty()) queue_notice(member.connection, connection, notice.frame);
    }
}

void Hub::handle(Audience& audience, const Greeting& greeting) {
    if (audience.to_greet.empty()) return;
    const std::vector<Member> members = std::move(audience.to_greet.front());
    audience.to_greet.pop_front();
    for (const Member& member : members) {
        const Subscription* one = find(member);
        if (one == nullptr || one->state != Subscription::State::live) continue;
        offer_notice(member.connection, greeting.current);
        offer_notice(member.connection, greeting.presence);
    }
}

void Hub::admit_waiting(Audience& audience) {
    if (audience.waiting.empty()) return;
    std::vector<Waiting> still;
    for (const Waiting& one : std::exchange(audience.waiting, {})) {
        if (find(one.member) == nullptr || admit(audience, one)) continue;
        still.push_back(one);
    }
    for (const Waiting& one : still) wait(audience, one);
}

// False: it says that it has seen more than the room has told, which may well be.
bool Hub::admit(Audience& audience, const Waiting& one) {
    const Position& position = *audience.position;
    if (one.epoch && *one.epoch != position.epoch) {
        end(one.member, text(encode_reload(audience.topic, position.epoch, ReloadReason::epoch)));
        return true;
    }
    if (one.since && *one.since > position.seq) return false;
    Subscription& subscription = *find(one.member);
    subscription.handed = one.since.value_or(position.seq);
    queue_notice(one.member.connection, *connections_[one.member.connection],
                 text(encode_subscribed(audience.topic, position)));
    if (subscription.handed == position.seq) {
        go_live(audience, one.member, subscription);
    } else {
        fall_behind(audience, one.member, subscription, subscription.handed);
    }
    return true;
}

// Those who left stay in such a list until it is done with; while the store is silent that may be
// long, so it is cleaned before it grows beyond those who are there.
template <class List, class MemberOf>
void Hub::drop_left(const Audience& audience, List& list, MemberOf member_of) const {
    constexpr std::size_t always_kept_count = 16;
    if (list.size() < 2 * audience.members.size() + always_kept_count) return;
    std::erase_if(list, [&](const auto& one) { return find(member_of(one)) == nullptr; });
}

std::size_t Hub::listed_count() const {
    std::size_t count = 0;
    for (const auto& [id, audience] : audiences_) {
        count += audience->members.size() + audience->waiting.size() + audience->newcomers.size();
        for (const auto& [since, members] : audience->asked) count += members.size();
        for (const auto& members : audience->to_greet) count += members.size();
    }
    return count;
}

void Hub::wait(Audience& audience, const Waiting& one) {
    drop_left(audience, audience.waiting, [](const Waiting& other) { return other.member; });
    audience.waiting.push_back(one);
    if (!audience.position) return;
    // One is asked about for all: who claims more is asked about again when that one is settled.
    audience.doubt = std::min(audience.doubt.value_or(*one.since), *one.since);
    mark_changed(audience);
}

void Hub::go_live(Audience& audience, const Member& member, Subscription& one) {
    one.state = Subscription::State::live;
    one.passed_over = false;
    audience.newcomers.push_back(member);
    mark_changed(audience);
}

void Hub::fall_behind(Audience& audience, const Member& member, Subscription& one, Seq at) {
    one.state = Subscription::State::behind;
    one.behind_at = shared_since(at, audience.position->seq);
    std::vector<Member>& asked = audience.asked[one.behind_at];
    // A catch-up that is on its way serves this reader too: it leads on from here, and later
    // updates follow it.
    if (asked.empty()) add_once(audience.to_ask, one.behind_at);
    drop_left(audience, asked, [](const Member& other) { return other; });
    asked.push_back(member);
    mark_changed(audience);
}

void Hub::leave(const Member& member) {
    Connection& connection = *connections_[member.connection];
    connection.outbox.drop_slot(member.slot);
    Subscription& one = connection.slots[member.slot];
    Audience& audience = *one.audience;
    if (connection.outbox.form() == FrameForm::deflated) --audience.deflate_readers;
    const Member last = audience.members.back();
    audience.members[one.place] = last;
    connections_[last.connection]->slots[last.slot].place = one.place;
    audience.members.pop_back();
    one = Subscription{};
    --stats_.subscriptions;
    mark_changed(audience);
    // What was dropped may have been the last that others of its subscriptions waited for.
    if (connection.outbox.empty()) on_drained(member.connection, connection);
}

void Hub::end(const Member& member, Frame last_word) {
    leave(member);
    ++stats_.reloads;
    queue_last_word(member.connection, *connections_[member.connection], std::move(last_word));
}

void Hub::end_all(Audience& audience, const Frame& last_word) {
    const std::vector<Member> members = audience.members;
    for (const Member& member : members) end(member, last_word);
    audience.waiting.clear();
}

}  // namespace parley
