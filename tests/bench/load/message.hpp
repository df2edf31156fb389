#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace parley::bench {

// What a reader of the benchmark wants to know of a message.
struct Message {
    enum class Kind { subscribed, update, reload, error, timed, other };
    Kind kind = Kind::other;
    std::int64_t prev = 0;
    std::int64_t seq = 0;  // of a timed message: its number
    std::string epoch;
    std::int64_t changes = 0;               // comments and scores that it carries
    std::vector<std::int64_t> comments_ns;  // when each comment was sent, where it says so
    std::int64_t newest_score_ns = 0;
    // The fast part of each comment that it carries, for readers that keep a state.
    struct Entry {
        std::int64_t id = 0;
        std::uint64_t value = 0;
    };
    std::vector<Entry> entries;
};

[[nodiscard]] Message parse_message(std::string_view text, bool with_entries);

// All readers of a topic get the same bytes, so most messages were parsed for another reader a
// moment ago. Found by their bytes, all of which are compared.
class MessageCache {
public:
    // The reference holds until the next call.
    [[nodiscard]] const Message& parse(std::string_view payload, bool compressed);
    void keep_entries(bool keep) { with_entries_ = keep; }

private:
    struct Slot {
        bool compressed = false;
        std::string payload;
        Message message;
    };
    [[nodiscard]] std::string_view inflate_payload(std::string_view payload);

    static constexpr std::size_t slots_count = 256;
    std::array<Slot, slots_count> slots_;
    std::string inflated_;
    bool with_entries_ = false;
};

}  // namespace parley::bench
