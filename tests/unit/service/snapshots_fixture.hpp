#pragma once

#include "base/limits.hpp"
#include "service/snapshots.hpp"

#include <gtest/gtest.h>

#include <map>

namespace parley::test {

using std::chrono::milliseconds;
using Shared = std::shared_ptr<const Snapshot>;

inline const Epoch epoch{"a"};
inline const DiscussionId tram{"tram"};
inline const DiscussionId bus{"bus"};

inline Position at(Seq seq) { return {epoch, seq}; }

inline Shared snapshot_at(const Position& position, std::size_t bytes = 10) {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->position = position;
    snapshot->identity = std::string(bytes, 'x');
    return snapshot;
}

// The pure core under a clock of the test's own; who asked is a number.
class SnapshotsTest : public ::testing::Test {
protected:
    // How a question went.
    struct Asked {
        int who = 0;
        std::optional<SnapshotAnswer> hit;
        std::optional<Snapshots::Read> read;
        [[nodiscard]] bool waits() const { return !hit && !read; }
    };

    Asked ask(SnapshotAsk what) {
        const int who = ++last_asker_;
        auto reply = [this, who](result<SnapshotAnswer> answer) {
            answers_.emplace(who, std::move(answer));
        };
        auto asked = snapshots.ask(what, reply, now);
        return {who, std::move(asked.hit), std::move(asked.read)};
    }
    Asked ask(const DiscussionId& discussion = tram) { return ask(whole(discussion)); }
    Asked ask_at_least(Seq seq) { return ask({tram, "tram", epoch, seq}); }
    static SnapshotAsk whole(const DiscussionId& discussion) {
        return {discussion, discussion.value, std::nullopt, 0};
    }

    // The flight comes back; gives what is to be read next.
    std::optional<Snapshots::Read> land(const Snapshots::Read& read, result<Shared> brought,
                                        milliseconds took = milliseconds{1}) {
        auto landed = snapshots.land(read.flight, {std::move(brought), now - took, took}, now);
        for (auto& [reply, answer] : landed.answers) reply(std::move(answer));
        return std::move(landed.next);
    }
    Shared keep(const Position& position, const DiscussionId& discussion = tram,
                std::size_t bytes = 10) {
        auto asked = ask(discussion);
        EXPECT_TRUE(asked.read);
        auto snapshot = snapshot_at(position, bytes);
        land(*asked.read, snapshot);
        return snapshot;
    }

    [[nodiscard]] bool is_answered(const Asked& asked) const {
        return answers_.contains(asked.who);
    }
    [[nodiscard]] Shared given_to(const Asked& asked) const {
        if (asked.hit) return asked.hit->snapshot;
        const auto& answer = answers_.at(asked.who);
        return answer.has_value() ? answer->snapshot : nullptr;
    }
    [[nodiscard]] bool is_stale(const Asked& asked) const {
        if (asked.hit) return asked.hit->stale_for.has_value();
        return answers_.at(asked.who).value().stale_for.has_value();
    }
    [[nodiscard]] std::optional<Errc> error_of(const Asked& asked) const {
        const auto& answer = answers_.at(asked.who);
        if (answer.has_value()) return std::nullopt;
        return answer.error().code;
    }

    Snapshots snapshots{{100'000, snapshot_stale_max_ms, snapshot_outage_max_ms}};
    MonotonicTime now{std::chrono::hours{1}};

private:
    int last_asker_ = 0;
    std::map<int, result<SnapshotAnswer>> answers_;
};

}  // namespace parley::test
