#pragma once

#include "discussion/changeset.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace parley::simulation {

// A comment's number as ordinals: "1.2" is {1, 2}.
using Key = std::vector<int>;
[[nodiscard]] Key key_of(std::string_view number);
[[nodiscard]] std::string number_of(const Key& key);

// The stamp at which the store wrote a text; it stands in the text itself (see StoreModel).
[[nodiscard]] Seq true_stamp_of(std::string_view body);

// What the client sees of the messages: one stamp for both parts of a comment.
struct WireComment {
    CommentId id{};
    std::optional<CommentId> parent;
    Key key;
    AccountId author{};  // 0: none
    CommentState state = CommentState::visible;
    std::string body;
    Tally tally;
    Seq seq = 0;
    Seq true_stamp = 0;               // of a visible text
    std::optional<CommentView> view;  // what it was made of, where it did not come in a frame
};
using WireCommentPtr = std::shared_ptr<const WireComment>;
[[nodiscard]] WireCommentPtr to_wire(const CommentView& view, Seq seq);

struct WireUpdate {
    Epoch epoch;
    Seq prev = 0;
    Seq seq = 0;
    std::int64_t comment_count = 0;
    std::vector<WireCommentPtr> comments;
    std::vector<Tally> scores;
    std::optional<DiscussionState> state;
    std::string text;  // as JSON, where it did not come in a frame
};
using WireUpdatePtr = std::shared_ptr<const WireUpdate>;
[[nodiscard]] WireUpdatePtr to_wire(const Changeset& changeset);

struct WireWindow {
    Epoch epoch;
    Seq seq = 0;
    std::int64_t comment_count = 0;
    DiscussionState state = DiscussionState::open;
    std::vector<WireCommentPtr> comments;
    bool is_last = false;  // nothing follows in what was asked for
};

struct Message {
    std::string text;  // as it came
    std::string type;
    std::string topic;
    std::string code;    // of an error
    std::string reason;  // of a reload
    Epoch epoch;
    Seq seq = 0;
    WireUpdatePtr update;
};
using MessagePtr = std::shared_ptr<const Message>;

// Reads the payloads of live messages, each text once: a frame goes to many readers.
class Decoder {
public:
    // Null where it is no message.
    [[nodiscard]] MessagePtr decode(std::string_view payload, bool& is_new);

private:
    std::unordered_map<std::string, MessagePtr> known_;
};

// Takes a connection's bytes apart: WebSocket frames or an event stream.
class StreamReader {
public:
    explicit StreamReader(bool is_event_stream) : is_event_stream_(is_event_stream) {}

    void add(std::string_view bytes) { buffer_ += bytes; }
    enum class Got : std::uint8_t { nothing, message, control, broken };
    // The next payload; where in the stream its frame began.
    [[nodiscard]] Got next(std::string& payload, std::uint64_t& begins_at);

private:
    [[nodiscard]] Got next_event(std::string& payload);
    [[nodiscard]] Got next_frame(std::string& payload);
    void consume(std::size_t bytes);

    bool is_event_stream_;
    std::string buffer_;
    std::uint64_t consumed_ = 0;
};

}  // namespace parley::simulation
