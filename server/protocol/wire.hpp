#pragma once

#include "discussion/comment_count.hpp"
#include "discussion/views.hpp"
#include "protocol/json_writer.hpp"

#include <span>

namespace parley {

// The parts that answers and frames have in common, in the shapes of the API document.

void write_comment(JsonWriter& json, const CommentView& comment);
void write_channels(JsonWriter& json, std::span<const Channel> channels);

// What one score takes in an update, about.
inline constexpr std::size_t tally_frame_bytes = 96;

// The members id, epoch, seq and comment_count of an object that is open.
void write_count_fields(JsonWriter& json, const CommentCount& count);

// What to reserve for these comments, a little more than they take.
[[nodiscard]] std::size_t expected_bytes(std::span<const CommentView> comments);

}  // namespace parley
