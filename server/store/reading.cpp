#include "store/reading.hpp"

#include "base/limits.hpp"

#include <charconv>
#include <limits>

namespace parley {

namespace {

constexpr std::size_t key_bytes_max = key_part_bytes * static_cast<std::size_t>(comment_depth_max);

// "active_at row_id"
std::optional<ListPlace> parse_place(std::string_view text) {
    ListPlace place;
    const char* last = text.data() + text.size();
    const auto first = std::from_chars(text.data(), last, place.active_at);
    if (first.ec != std::errc() || first.ptr == last || *first.ptr != ' ') return {};
    const auto second = std::from_chars(first.ptr + 1, last, place.row_id);
    if (second.ec != std::errc() || second.ptr != last) return {};
    return place;
}

}  // namespace

std::optional<ListPlace> list_place(const std::optional<std::string>& cursor) {
    constexpr std::int64_t latest = std::numeric_limits<std::int64_t>::max();
    return cursor ? parse_place(*cursor) : ListPlace{latest, latest};
}

std::string place_after(const DiscussionRow& row) {
    return std::to_string(active_at(row).time_since_epoch().count()) + " " +
           std::to_string(row.row_id);
}

Error bad_cursor() {
    return make_error(Errc::invalid_field,
                      "This is not a cursor. Send one as it came with an answer, or none.",
                      "cursor");
}

bool is_order_key(std::string_view text) {
    return text.size() % key_part_bytes == 0 && !text.empty() && text.size() <= key_bytes_max;
}

result<void> check_since(const Position& position, const std::optional<Epoch>& epoch, Seq since) {
    if (since > 0 && !epoch) return make_error(Errc::epoch_required);
    const bool other_history = epoch && *epoch != position.epoch;
    if (other_history || since > position.seq || since < 0) return too_far();
    return {};
}

Error too_far() { return make_error(Errc::precondition_too_far); }

bool has_lost_text(const CommentContent& content) {
    const bool quote_blanked = content.quote && content.quote->text.empty();
    return content.state != CommentState::visible || content.edited_at || quote_blanked;
}

bool parents_first(const CommentView& a, const CommentView& b) {
    const std::size_t depth_a = a.content->path.size();
    const std::size_t depth_b = b.content->path.size();
    return depth_a != depth_b ? depth_a < depth_b : a.id() < b.id();
}

}  // namespace parley
