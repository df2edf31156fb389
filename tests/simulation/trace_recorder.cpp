#include "trace_recorder.hpp"

#include "protocol/frames.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/wire.hpp"

namespace parley::simulation {

namespace {

std::string json_of(const WireCommentPtr& comment) {
    JsonWriter json;
    write_comment(json, *comment->view);
    return json.take();
}

std::string json_of(const WireWindow& window) {
    std::string text = R"({"epoch":")" + window.epoch.value + R"(","seq":)" +
                       std::to_string(window.seq) + R"(,"comment_count":)" +
                       std::to_string(window.comment_count) + R"(,"comments":[)";
    for (const WireCommentPtr& comment : window.comments) {
        if (comment != window.comments.front()) text += ',';
        text += json_of(comment);
    }
    return text + R"(],"next_cursor":)" + (window.is_last ? "null" : R"("c")") + R"(,"more":{}})";
}

std::string quoted(const std::string& text) { return '"' + text + '"'; }

// A tombstone is shown only above something visible.
std::vector<const Entry*> shown_in(const ClientState& state) {
    std::map<Key, const Entry*> by_key;
    for (const auto& [id, entry] : state.entries()) by_key[entry.content->key] = &entry;
    std::vector<const Entry*> shown;
    for (const auto& [key, entry] : by_key) {
        const auto is_below = [&key = key](const auto& other) {
            return other.second->content->state == CommentState::visible &&
                   other.first.size() >= key.size() &&
                   std::equal(key.begin(), key.end(), other.first.begin());
        };
        if (std::any_of(by_key.begin(), by_key.end(), is_below)) shown.push_back(entry);
    }
    return shown;
}

}  // namespace

void TraceRecorder::add(MonotonicTime now, std::string step, const char* kind) {
    const auto passed = std::chrono::duration_cast<milliseconds>(now - last_);
    constexpr milliseconds worth_saying{100};
    if (passed >= worth_saying && !steps_.empty()) {
        steps_.push_back(R"({"wait_ms":)" + std::to_string(passed.count()) + '}');
    }
    last_ = now;
    bytes_ += step.size();
    steps_.push_back(std::move(step));
    kinds_.insert(kind);
}

void TraceRecorder::window(MonotonicTime now, const WireWindow& window,
                           const WireUpdatePtr& changes, bool reads_on) {
    std::string step = R"({"window":)" + json_of(window);
    if (reads_on) step += R"(,"more_of":null)";
    if (changes) step += R"(,"changes":)" + changes->text;
    const char* kind = changes ? "changes" : reads_on ? "more" : "window";
    add(now, step + '}', kind);
}

void TraceRecorder::frame(MonotonicTime now, const Message& message) {
    if (message.type == "presence" || steps_.empty()) return;
    add(now, R"({"frame":)" + message.text + '}', message.type == "reload" ? "reload" : "frame");
}

void TraceRecorder::post(MonotonicTime now, const std::string& key,
                         const std::optional<CommentId>& parent) {
    add(now,
        R"({"pending_post":{"key":)" + quoted(key) + R"(,"parent":)" +
            (parent ? quoted(to_string(*parent)) : "null") + R"(,"body":"mine"}})",
        "post");
}

void TraceRecorder::post_answered(MonotonicTime now, const std::string& key,
                                  const WireCommentPtr& comment) {
    add(now,
        R"({"answer":{"kind":"post","key":)" + quoted(key) +
            (comment ? R"(,"comment":)" + json_of(comment) : R"(,"failed":true)") + "}}",
        "answer");
}

void TraceRecorder::vote_answered(MonotonicTime now, const Tally& tally, Seq seq, int value) {
    const auto member = [](const char* name, std::int64_t number) {
        return ",\"" + std::string(name) + "\":" + std::to_string(number);
    };
    add(now,
        R"({"answer":{"kind":"vote","id":)" + quoted(to_string(tally.id)) + member("value", value) +
            member("up", tally.up) + member("down", tally.down) + member("score", tally.score) +
            member("seq", seq) + "}}",
        "vote");
}

void TraceRecorder::expect(MonotonicTime now, const ClientState& state, const WireWindow& whole) {
    std::string order;
    std::string comments;
    for (const Entry* entry : shown_in(state)) {
        const std::string id = quoted(to_string(entry->content->id));
        const Tally& tally = entry->tally;
        if (!order.empty()) order += ',';
        order += id;
        if (!comments.empty()) comments += ',';
        comments += id + R"(:{"state":")" + std::string(to_string(entry->content->state)) +
                    R"(","body":")" + entry->content->body + R"(","up":)" +
                    std::to_string(tally.up) + R"(,"down":)" + std::to_string(tally.down) +
                    R"(,"score":)" + std::to_string(tally.score) + R"(,"replies":)" +
                    std::to_string(tally.replies) + '}';
    }
    std::string step = R"({"expect":{"epoch":")" + state.position().epoch.value + R"(","seq":)" +
                       std::to_string(state.position().seq) + R"(,"comment_count":)" +
                       std::to_string(state.comment_count()) + R"(,"pending":[],"order":[)" +
                       order + R"(],"comments":{)" + comments + '}';
    const Ranges& ranges = state.ranges();
    const bool has_all = ranges.count() == 1 && ranges.has({}) && ranges.has(end_of({}));
    if (has_all) step += R"(,"same_as":)" + json_of(whole);
    add(now, step + "}}", "expect");
}

bool TraceRecorder::is_rich() const {
    constexpr std::size_t kinds_min = 6;
    constexpr std::size_t bytes_min = 3'000;
    constexpr std::size_t bytes_max = 20'000;
    return is_whole_ && kinds_.size() >= kinds_min && bytes_ >= bytes_min && bytes_ <= bytes_max;
}

std::string TraceRecorder::text(const std::string& name, const std::string& note,
                                AccountId viewer) const {
    std::string text = R"({"name":)" + quoted(name) + ",\n \"note\":" + quoted(note) +
                       ",\n \"viewer\":" + quoted(to_string(viewer)) + ",\n \"steps\":[\n";
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        text += "  " + steps_[i] + (i + 1 < steps_.size() ? ",\n" : "\n");
    }
    return text + "]}\n";
}

}  // namespace parley::simulation
