#include "bus_inputs.hpp"

#include "base/limits.hpp"
#include "protocol/bus_message.hpp"
#include "redis/session.hpp"
#include "support/changesets.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <utility>

namespace parley::fuzz {

namespace {

constexpr redis::ReplyReader::Bounds bounds{2'000, 50};
constexpr std::size_t held_besides_bytes = 64;
constexpr MonotonicTime start{std::chrono::hours(1)};

struct Outcome {
    std::vector<redis::Reply> replies;
    std::optional<Errc> error;
    bool held_too_much = false;
};

// Seed 0 gives all at once, others cut at random.
Outcome read_replies(std::string_view bytes, std::uint32_t seed) {
    std::mt19937 random(seed);
    redis::ReplyReader reader(bounds);
    Outcome outcome;
    while (!bytes.empty() && !outcome.error) {
        const std::size_t size =
            seed == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 1 + random() % 9);
        const auto read = reader.read(bytes.substr(0, size), [&](redis::Reply&& reply) {
            outcome.replies.push_back(std::move(reply));
        });
        bytes.remove_prefix(size);
        if (read.has_error()) outcome.error = read.error().code;
        outcome.held_too_much |= reader.held_bytes() > bounds.bytes_max + held_besides_bytes;
    }
    return outcome;
}

struct Sink : redis::SubscribeSession::Sink {
    void on_subscribed() override {}
    void on_message(std::string_view channel, std::string_view /*payload*/) override {
        foreign |= channel != "a" && channel != "b";
    }
    bool foreign = false;
};

std::string problem_with_sessions(std::string_view bytes) {
    Sink sink;
    const redis::Session::Settings settings{"user", "password", "name", false, true};
    const redis::Session::Settings at_sentinel{"user", "password", "", false, false};
    redis::PublishSession publisher(settings);
    redis::SubscribeSession subscriber(settings, {"a", "b"}, sink);
    redis::SentinelSession sentinel(at_sentinel, "mymaster");
    for (redis::Session* session :
         std::initializer_list<redis::Session*>{&publisher, &subscriber, &sentinel}) {
        session->start(start);
        session->receive(bytes, start);
        if (auto* one = dynamic_cast<redis::PublishSession*>(session); one && one->may_publish()) {
            one->publish("a", "x", start);
        }
        session->tick(start + bus_probe_interval_ms);
        session->receive(bytes, start + bus_probe_interval_ms);
        const auto due = session->next_due();
        if (!session->failure() && (!due || *due < start)) return "a session waits for nothing";
        session->tick(start + std::chrono::hours(1));
        static_cast<void>(session->take_output());
    }
    if (sink.foreign) return "a message of a channel that was not asked for";
    static_cast<void>(redis::new_master(bytes, "mymaster"));
    if (sentinel.answer() && sentinel.answer()->name.empty()) return "a master without a name";
    return {};
}

std::string describe_content(const BusContent& content) {
    struct Describe {
        std::string operator()(const std::shared_ptr<const Changeset>& one) {
            return test::describe(*one);
        }
        std::string operator()(const BusHint& one) {
            return one.discussion.value + " " + one.position.epoch.value + " " +
                   std::to_string(one.position.seq);
        }
        std::string operator()(const BusPresence& one) {
            return one.discussion.value + " " + std::to_string(one.readers);
        }
        std::string operator()(const BusProbe& one) { return std::to_string(one.number); }
        std::string operator()(const BusSpent& one) {
            std::string text;
            for (const BusSpent::Bucket& bucket : one.buckets) {
                text += std::to_string(bucket.kind) + bucket.key + std::to_string(bucket.count);
            }
            return text;
        }
        std::string operator()(const BusAccountEvents& /*one*/) { return {}; }
        std::string operator()(const BusVoted& one) {
            std::string text;
            for (const AccountId account : one.accounts) text += to_string(account) + ",";
            return text;
        }
    };
    return std::visit(Describe{}, content);
}

}  // namespace

std::string problem_with_replies(std::string_view bytes) {
    const Outcome whole = read_replies(bytes, 0);
    for (const std::uint32_t seed : {1U, 2U, 3U}) {
        const Outcome cut = read_replies(bytes, seed);
        if (cut.held_too_much) return "it holds more than it promised";
        if (cut.replies != whole.replies) return "the cuts change what is read";
        if (cut.error.has_value() != whole.error.has_value()) return "the cuts change how it ends";
    }
    return problem_with_sessions(bytes);
}

std::string problem_with_message(std::string_view bytes) {
    static const BusCodec codec("a secret of at least thirty-two characters", "s", "a");
    constexpr std::string_view channel = "parley:s:0";
    if (codec.decode(channel, bytes).has_value()) return "a message that nobody signed";
    const auto read = read_bus_text(bytes, "s");
    if (read.has_error()) return {};
    const std::string again = codec.encode(channel, read->content);
    const auto back = codec.decode(channel, again);
    if (back.has_error()) return "what was read cannot be read again";
    // What is written may be longer than what was read, and then be a hint.
    if (back->content.index() != read->content.index()) {
        return std::holds_alternative<BusHint>(back->content) ? "" : "another kind of message";
    }
    if (describe_content(back->content) != describe_content(read->content)) {
        return "what was read is written differently";
    }
    return {};
}

}  // namespace parley::fuzz
