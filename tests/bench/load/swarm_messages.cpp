#include "bench/load/swarm.hpp"
#include "bench/shared/tool.hpp"

namespace parley::bench {

// What readers do with what they get.

namespace {

// Ids of a test's own store; those of injected comments are larger and not kept.
constexpr std::int64_t kept_ids_max = 100'000;

// Depends on the values and their places, not on the order in which they came.
std::uint64_t mixed(std::int64_t id, std::uint64_t value) {
    return (value ^ static_cast<std::uint64_t>(id) * 0x9E3779B97F4A7C15U) * 0xD6E8FEB86659FD93U;
}

void apply(Reader& reader, const Message& message) {
    for (const Message::Entry& entry : message.entries) {
        if (entry.id >= kept_ids_max) fail("a comment's id is too large to keep its state");
        const auto place = static_cast<std::size_t>(entry.id);
        if (place >= reader.state.size()) reader.state.resize(place + 1);
        const std::uint64_t value = mixed(entry.id, entry.value);
        reader.digest ^= reader.state[place] ^ value;
        reader.state[place] = value;
    }
}

}  // namespace

void Swarm::subscribe(Reader& reader, bool from_position) {
    std::string order = R"({"type":"subscribe","topic":")" + target_.topic + "\"";
    if (from_position) {
        order += R"(,"epoch":")" + target_.epoch + R"(","since":)" + std::to_string(reader.seq);
    }
    send(reader, client_frame(Opcode::text, order + "}"));
}

void Swarm::on_frame(Reader& reader, const WireFrame& frame) {
    ++counts_.frames;
    if (frame.opcode == Opcode::ping) {
        ++counts_.pings;
        send(reader, client_frame(Opcode::pong, frame.payload));
    } else if (frame.opcode == Opcode::close) {
        if (reader.phase != Phase::up) fail("the server closed a connection that was being opened");
        ++counts_.closed;
        close(reader);
    } else if (target_.flavour == Flavour::socketio) {
        on_socketio(reader, frame);
    } else if (frame.opcode == Opcode::text || frame.opcode == Opcode::binary) {
        on_message(reader, cache_.parse(frame.payload, frame.compressed));
    }
}

// Engine.IO 4: 0 = open, 2 = ping, 3 = pong, 4 = message; Socket.IO 5: 40 = connect, 42 = event.
void Swarm::on_socketio(Reader& reader, const WireFrame& frame) {
    if (frame.payload.starts_with("0")) send(reader, client_frame(Opcode::text, "40"));
    else if (frame.payload.starts_with("40")) be_up(reader);
    else if (frame.payload == "2") send(reader, client_frame(Opcode::text, "3"));
    else if (frame.payload.starts_with("42")) {
        on_message(reader, cache_.parse(frame.payload, frame.compressed));
    }
}

void Swarm::on_message(Reader& reader, const Message& message) {
    switch (message.kind) {
        case Message::Kind::subscribed:
            if (target_.epoch.empty()) target_.epoch = message.epoch;
            if (!reader.positioned) reader.seq = message.seq;
            reader.positioned = true;
            reader.goal = std::max(reader.goal, message.seq);
            if (reader.seq >= reader.goal) be_up(reader);
            return;
        case Message::Kind::update: return on_update(reader, message);
        case Message::Kind::timed: return on_timed(reader, message);
        case Message::Kind::reload:
            ++counts_.reloads;
            reader.reloaded = true;
            reader.positioned = false;
            return subscribe(reader, false);
        case Message::Kind::error: fail("the server answered with an error");
        case Message::Kind::other: return;
    }
}

void Swarm::on_update(Reader& reader, const Message& message) {
    if (message.seq <= reader.seq) {
        ++counts_.repeated;
        return;
    }
    if (message.prev > reader.seq) {
        counts_.lost += static_cast<std::uint64_t>(message.prev - reader.seq);
    }
    counts_.steps += static_cast<std::uint64_t>(message.seq - std::max(reader.seq, message.prev));
    counts_.changes += static_cast<std::uint64_t>(message.changes);
    reader.seq = message.seq;
    record_latency(message);
    if (target_.with_state) apply(reader, message);
    if (reader.seq >= reader.goal) be_up(reader);
}

void Swarm::on_timed(Reader& reader, const Message& message) {
    if (reader.positioned && message.seq > reader.seq + 1) {
        counts_.lost += static_cast<std::uint64_t>(message.seq - reader.seq - 1);
    }
    reader.positioned = true;
    reader.seq = message.seq;
    ++counts_.steps;
    ++counts_.changes;
    record_latency(message);
}

void Swarm::record_latency(const Message& message) {
    for (const std::int64_t sent : message.comments_ns) {
        counts_.latency.record(received_ns_ - sent);
    }
    if (message.newest_score_ns == 0) return;
    // Votes that were merged away waited as well: the schedule tells when they were sent.
    std::int64_t sent = message.newest_score_ns;
    for (std::int64_t step = message.prev; step < message.seq; ++step) {
        counts_.latency.record(received_ns_ - sent, step_changes_);
        sent -= step_interval_ns_;
    }
}

}  // namespace parley::bench
