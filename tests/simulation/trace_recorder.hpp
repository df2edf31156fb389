#pragma once

#include "client_state.hpp"

#include <string>
#include <vector>

namespace parley::simulation {

// Writes down what one page is told, as a client trace (tests/data/README.md), so that the
// browser's store can be held to the same. Gives up where something happens that a trace cannot
// say.
class TraceRecorder {
public:
    explicit TraceRecorder(MonotonicTime now) : last_(now) {}

    [[nodiscard]] bool is_whole() const { return is_whole_; }
    void give_up() { is_whole_ = false; }

    // All was read, the first time or again, or the whole was read on.
    void window(MonotonicTime now, const WireWindow& window, const WireUpdatePtr& changes,
                bool reads_on);
    void frame(MonotonicTime now, const Message& message);
    void post(MonotonicTime now, const std::string& key, const std::optional<CommentId>& parent);
    void post_answered(MonotonicTime now, const std::string& key, const WireCommentPtr& comment);
    void vote_answered(MonotonicTime now, const Tally& tally, Seq seq, int value);
    void expect(MonotonicTime now, const ClientState& state, const WireWindow& whole);

    // A mixture that is worth keeping?
    [[nodiscard]] bool is_rich() const;
    [[nodiscard]] std::string text(const std::string& name, const std::string& note,
                                   AccountId viewer) const;

private:
    void add(MonotonicTime now, std::string step, const char* kind);

    MonotonicTime last_;
    bool is_whole_ = true;
    std::vector<std::string> steps_;
    std::set<std::string> kinds_;
    std::size_t bytes_ = 0;
};

}  // namespace parley::simulation
